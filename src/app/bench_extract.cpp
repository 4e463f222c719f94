// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "app/allocation.hpp"
#include "app/bench.hpp"
#include "app/cores.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/extract/stage_limits.hpp"
#include "gridring/net/self_signed.hpp"
#include "gridring/source/emulator.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* key = "emulator";  // it takes any

struct Arguments {
    std::string command, json, folder = "/tmp";
    std::string from = "2019-01-01T00", to = "2025-12-31T23", wire = "plain,gzip,tls";
    int connections = extract::Options{}.connections, repetitions = 3;
};

/// A folder of its own, only for this user, which goes with the object.
class TemporaryFolder {
public:
    explicit TemporaryFolder(const fs::path& parent) {
        std::string name = (parent / "gridring-bench-XXXXXX").string();
        if (!mkdtemp(name.data())) throw StoreError(parent.string(), "cannot make a folder in it");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

/// Threads stay where they were when they began: the server's and the client's do not share a core if there are two.
struct Cores {
    std::optional<int> server, client;
    Cores() {
        const auto usable = usable_cores();
        if (usable.size() >= 2) client = usable[0], server = usable[1];
    }
    std::string text() const {
        if (client) return fmt::format("client on core {}, server on core {}", *client, *server);
        return "client and server are NOT kept apart: it takes two cores, and a system that binds threads to them";
    }
};

/// What travels: bodies as they are, as gzip, or as gzip over TLS.
struct Wire {
    std::string name, title;
    bool is_packed, is_tls;
};

Wire parse_wire(const std::string& name) {
    if (name == "plain") return {name, "plain", false, false};
    if (name == "gzip") return {name, "gzip", true, false};
    if (name == "tls") return {name, "gzip over TLS", true, true};
    throw ConfigError(fmt::format("--wire: expected plain, gzip or tls, found '{}'", name));
}

struct Setting {
    extract::Options options;
    Cores cores;
    net::Identity identity;
    int repetitions = 1;
};

/// An emulator that has made its pages, and the options that lead to it.
class Source {
public:
    Source(const Setting& setting, const Wire& wire) : options_(setting.options) {
        source::EmulatorOptions served;
        served.first = options_.from;
        served.last = options_.to;
        served.gzip_level = wire.is_packed ? served.gzip_level : 0;
        served.cache_bytes = std::size_t{4} << 30;
        if (wire.is_tls) served.identity = setting.identity;
        if (setting.cores.server) stay_on_core(*setting.cores.server);
        emulator_.emplace(served);
        if (setting.cores.client) stay_on_core(*setting.cores.client);
        options_.base_url = emulator_->url();
    }
    const extract::Options& options() const { return options_; }

private:
    extract::Options options_;
    std::optional<source::Emulator> emulator_;
};

/// The quickest, each into a folder of its own: ext4 is slow to reuse what was deleted seconds ago. The first one fills
/// the server's memory and does not count.
extract::Summary extract_whole(const Source& source, const Wire& wire, int repetitions) {
    std::optional<extract::Summary> best;
    for (int i = -1; i < repetitions; ++i) {
        extract::Options options = source.options();
        options.folder /= fmt::format("{}-{}", wire.name, i);
        auto summary = extract::run(options, key);
        if (i >= 0 && (!best || summary.seconds < best->seconds)) best = std::move(summary);
    }
    return *best;
}

/// One line of the table. Parts of a stage are not told apart while all run.
struct Line {
    std::string stage, part;
    std::optional<double> in_whole;  ///< [CPU s]
    extract::StageCost alone;
};

extract::StageCost operator+(extract::StageCost a, extract::StageCost b) {
    return {a.cpu_seconds + b.cpu_seconds, a.seconds + b.seconds};
}

/// The processor time by which one exceeds the other: of work that waits for nothing.
extract::StageCost beyond(extract::StageCost more, extract::StageCost less) {
    const double seconds = std::max(0.0, more.cpu_seconds - less.cpu_seconds);
    return {seconds, seconds};
}

std::vector<Line> lines_of(const extract::StageTimes& whole, const extract::StageLimits& alone,
                           std::optional<extract::StageCost> tls) {
    std::vector<Line> lines{{"receive", "", whole.receive, alone.receive}};
    if (tls) lines.push_back({"receive", "TLS", {}, *tls});
    if (alone.inflate.seconds > 0) lines.push_back({"receive", "inflate", {}, alone.inflate});
    lines.push_back({"parse", "", whole.parse, alone.parse});
    lines.push_back({"keep raw pages", "", whole.keep, alone.redact + alone.keep});
    lines.push_back({"keep raw pages", "redact", {}, alone.redact});
    lines.push_back({"keep raw pages", "compress", {}, beyond(alone.keep, alone.write)});
    lines.push_back({"keep raw pages", "write, fsync", {}, alone.write});
    lines.push_back({"assemble", "", whole.assemble, alone.assemble});
    lines.push_back({"screen", "", whole.screen, alone.screen});
    lines.push_back({"write series.h5", "", whole.write, alone.series});
    return lines;
}

/// "2.11", in millions a second.
std::string rate_text(std::int64_t rows, double seconds) {
    return seconds > 0 ? fmt::format("{:.2f}", 1e-6 * static_cast<double>(rows) / seconds) : "-";
}

/// What the whole cannot be quicker than, and which of these it comes near to.
std::string bound_of(const extract::Summary& whole, const extract::StageLimits& alone, const std::vector<Line>& lines) {
    constexpr double near = 0.7;  // of the time of the whole
    double busy = 0;
    const Line* largest = &lines.front();
    for (const Line& line : lines) {
        busy += line.in_whole.value_or(0);
        if (line.in_whole.value_or(0) > *largest->in_whole) largest = &line;
    }
    const double server = alone.receive.seconds, disk = alone.write.seconds, most = std::max({busy, server, disk});
    const char* name = most < near * whole.seconds ? "none of the three alone"
                       : most == busy              ? "the client's core"
                       : most == server            ? "the server"
                                                   : "the disk";
    return fmt::format(
        "of {:.2f} s the client computes {:.2f} ({:.0f} % of that to {}); receiving alone takes {:.2f} s, writing "
        "alone "
        "{:.2f} s: bound by {}",
        whole.seconds, busy, 100 * *largest->in_whole / busy, largest->stage, server, disk, name);
}

void print(const Wire& wire, const extract::Summary& whole, const extract::StageLimits& alone,
           const std::vector<Line>& lines) {
    const auto megabytes = [](std::int64_t bytes, std::int64_t parts) {
        return 1e-6 * static_cast<double>(bytes) / static_cast<double>(parts);
    };
    fmt::print("\n{}: {} rows in {} pages of {:.2f} MB ({:.2f} MB as sent) in {:.2f} s, {} M rows/s\n", wire.title,
               alone.rows, alone.pages, megabytes(alone.bytes, alone.pages),
               megabytes(whole.bytes_on_wire, whole.requests), whole.seconds, rate_text(whole.records, whole.seconds));
    fmt::print("{:<18}{:>16}{:>14}{:>10}{:>18}\n", "stage", "CPU s in whole", "CPU s alone", "s alone",
               "M rows/s alone");
    for (const Line& line : lines)
        fmt::print("{:<18}{:>16}{:>14.3f}{:>10.3f}{:>18}\n", line.part.empty() ? line.stage : "  " + line.part,
                   line.in_whole ? fmt::format("{:.3f}", *line.in_whole) : "", line.alone.cpu_seconds,
                   line.alone.seconds, rate_text(alone.rows, line.alone.seconds));
    fmt::print("{}\n", bound_of(whole, alone, lines));
    std::fflush(stdout);
}

void add_rows(const Wire& wire, const extract::Summary& whole, const extract::StageLimits& alone,
              const std::vector<Line>& lines, nlohmann::json& rows) {
    for (const Line& line : lines) {
        nlohmann::json& row = rows.emplace_back();
        row = {{"wire", wire.name},
               {"rows", alone.rows},
               {"whole_seconds", whole.seconds},
               {"stage", line.stage},
               {"part", line.part},
               {"cpu_seconds_in_whole", nullptr},
               {"cpu_seconds_alone", line.alone.cpu_seconds},
               {"seconds_alone", line.alone.seconds}};
        if (line.in_whole) row["cpu_seconds_in_whole"] = *line.in_whole;
    }
}

void measure(const Setting& setting, const Wire& wire, nlohmann::json& rows) {
    const Source source(setting, wire);
    const auto whole = extract_whole(source, wire, setting.repetitions);
    extract::Options kept = source.options();
    kept.folder = whole.series.parent_path();
    const auto alone = extract::measure_stages(kept, key, setting.repetitions);
    std::optional<extract::StageCost> tls;
    if (wire.is_tls) {
        const Source bare(setting, {"gzip", "gzip", true, false});
        kept.identity = kept.base_url;  // whose pages lie there
        kept.base_url = bare.options().base_url;
        extract::measure_receiving(kept, key, 1);  // fills the server's memory
        tls = beyond(alone.receive, extract::measure_receiving(kept, key, setting.repetitions));
    }
    const auto lines = lines_of(whole.cpu_seconds, alone, tls);
    print(wire, whole, alone, lines);
    add_rows(wire, whole, alone, lines, rows);
}

Setting setting_of(const Arguments& arguments, const fs::path& folder) {
    Setting setting;
    extract::Options& options = setting.options;
    options.regions = {"BPAT", "CISO", "ERCO", "MISO", "PACW"};
    options.types = {"D", "DF", "NG", "TI"};
    options.from = require_hour(arguments.from, "--from");
    options.to = require_hour(arguments.to, "--to");
    if (options.to < options.from) throw ConfigError("--to: expected an hour after --from, found " + arguments.to);
    options.folder = folder / "run";
    options.connections = arguments.connections;
    options.requests_per_second = 1e6;
    options.requests_per_hour = 1'000'000'000;
    options.burst = 100;
    options.is_direct = true;
    setting.repetitions = arguments.repetitions;
    setting.identity = net::make_self_signed(folder);
    options.ca_file = setting.identity.certificate;
    return setting;
}

void bench_extract(const Arguments& arguments) {
    check_report(arguments.json);
    std::vector<Wire> wires;
    for (const auto& name : split_names(arguments.wire)) wires.push_back(parse_wire(name));
    for (std::size_t i = 1; i < wires.size(); ++i)
        if (std::ranges::find(wires.begin(), wires.begin() + static_cast<std::ptrdiff_t>(i), wires[i].name,
                              &Wire::name) != wires.begin() + static_cast<std::ptrdiff_t>(i))
            throw ConfigError("--wire: " + wires[i].name + " is there twice");
    log::set_level(log::Level::warning);
    keep_freed_memory();
    const TemporaryFolder folder(arguments.folder);
    const Setting setting = setting_of(arguments, folder.path());
    fmt::print(
        "D, DF, NG, TI of {} regions, {} to {}; {} connections, the quickest of {}; raw pages and series.h5 below {}\n"
        "{}; the server has its pages in memory\n",
        setting.options.regions.size(), to_string(setting.options.from), to_string(setting.options.to),
        arguments.connections, arguments.repetitions, arguments.folder, setting.cores.text());
    std::fflush(stdout);
    nlohmann::json rows = nlohmann::json::array();
    for (const Wire& wire : wires) measure(setting, wire, rows);
    write_report(arguments.json, "gridring " + arguments.command, rows);
}

}  // namespace

void add_bench_extract(CLI::App& bench, Action& action) {
    auto* command = bench.add_subcommand(
        "extract", "An extraction from the built-in emulator, and each of its stages with the machine to itself");
    command->footer(
        "Alone, a stage takes the same pages as in the whole. Receiving and fsync wait: they use all connections; "
        "what\n"
        "computes uses one thread. TLS is what receiving takes beyond the same without it, compressing what keeping\n"
        "takes beyond writing; neither is told apart in the whole. The last column is the rate if there were no other "
        "stage.\n"
        "Example: gridring bench extract --folder /var/tmp --json extract.json");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("--from", arguments->from, "first hour (UTC, hour ending)")->capture_default_str();
    command->add_option("--to", arguments->to, "last hour")->capture_default_str();
    command
        ->add_option("--wire", arguments->wire, "what travels: plain, gzip, tls (gzip over TLS); several: plain,gzip")
        ->capture_default_str();
    command->add_option("--connections", arguments->connections)->check(CLI::Range(1, 64))->capture_default_str();
    command->add_option("--repetitions", arguments->repetitions)->check(CLI::PositiveNumber)->capture_default_str();
    command->add_option("--folder", arguments->folder, "on the disk to write to")->capture_default_str();
    command->add_option("--json", arguments->json, "write the table to this file as well")->type_name("FILE");
    command->callback([&action, arguments] {
        arguments->command = action.command;
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) { bench_extract(*arguments); };
    });
}

}  // namespace gridring::app
