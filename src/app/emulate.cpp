// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "app/commands.hpp"
#include "app/identity.hpp"
#include "app/stop_signal.hpp"
#include "gridring/source/emulator.hpp"

namespace gridring::app {
namespace {

std::string list_of(const char* title, const std::map<std::string, std::int64_t>& counts) {
    std::string list;
    for (const auto& [kind, count] : counts) list += fmt::format("{} {} x {}", list.empty() ? "" : ",", count, kind);
    return list.empty() ? list : fmt::format("; {}:{}", title, list);
}

void serve(const source::EmulatorOptions& options) {
    const EndOfService end;
    const source::Emulator emulator(options);
    fmt::print(
        "serving {}\nextract from it: EIA_API_KEY={} gridring extract --set source.eia.base_url={}\n"
        "OASIS at {}\nextract from it: gridring extract --set source.kind=caiso --set source.caiso.base_url={} "
        "--set source.caiso.seconds_between_requests=0.01\nCtrl-C ends it\n",
        emulator.url(), options.api_key.empty() ? "any" : "<your --key>", emulator.url(), emulator.oasis_url(),
        emulator.oasis_url());
    std::fflush(stdout);
    end.wait();
    const source::EmulatorCounters counters = emulator.counters();
    fmt::print("served {} requests of EIA's side, {} pages of data among them, and {} of OASIS; throttled {}{}{}\n",
               counters.requests, counters.data_pages, counters.oasis_requests, counters.throttled,
               list_of("faults", counters.fault_kinds), list_of("faults of OASIS", counters.oasis_fault_kinds));
}

/// As the command line has it, before it is taken to pieces.
struct EmulateArguments {
    source::EmulatorOptions options;
    std::string data, oasis_from, clock_from;
    std::int64_t latency_ms = 0, jitter_ms = 0, cache_mb = 0;
    std::vector<std::string> faults, oasis_faults, identity;
};

source::EmulatorOptions options_of(EmulateArguments arguments) {
    source::EmulatorOptions& options = arguments.options;
    options.data = arguments.data;
    options.latency = std::chrono::milliseconds{arguments.latency_ms};
    options.jitter = std::chrono::milliseconds{arguments.jitter_ms};
    options.cache_bytes = static_cast<std::size_t>(arguments.cache_mb) << 20;
    for (const auto& fault : arguments.faults) options.faults.push_back(source::EiaFault::parse(fault));
    for (const auto& fault : arguments.oasis_faults) options.oasis_faults.push_back(source::OasisFault::parse(fault));
    if (!arguments.oasis_from.empty()) options.oasis_from = require_hour(arguments.oasis_from, "--oasis-from");
    if (!arguments.clock_from.empty()) options.publication.from = require_hour(arguments.clock_from, "--clock-from");
    options.identity = identity_of(arguments.identity);
    return options;
}

std::string table_of(const char* title, const std::vector<source::FaultKind>& kinds) {
    std::string table = fmt::format("{}\n", title);
    for (const auto& kind : kinds)
        table += fmt::format("  {:14}{} {}\n", kind.name, kind.heals ? "heals  " : "remains", kind.what);
    return table;
}

void add_fault_options(CLI::App& command, EmulateArguments& arguments) {
    command
        .add_option("--fault", arguments.faults,
                    "every N-th request for data to the EIA side gets this fault, of the first list below (repeatable)")
        ->type_name("KIND[/N]")
        ->allow_extra_args(false);
    command
        .add_option("--fault-mix", arguments.options.fault_mix,
                    "share of those requests that get any fault that heals, by --seed and the request's number")
        ->type_name("RATE")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command
        .add_option("--oasis-fault", arguments.oasis_faults,
                    "every N-th request to OASIS gets this fault, of the second list (repeatable)")
        ->type_name("KIND[/N]")
        ->allow_extra_args(false);
    command.add_option("--oasis-fault-mix", arguments.options.oasis_fault_mix, "as --fault-mix, of OASIS")
        ->type_name("RATE")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.footer(
        table_of("Faults of the EIA side (heals: a right client ends with every row right; remains: it must report):",
                 source::eia_fault_kinds()) +
        table_of("Faults of OASIS:", source::oasis_fault_kinds()) +
        "\nExample: gridring emulate --data data/eia930 --port 8080\n"
        "Example: gridring emulate --port 8080 --fault-mix 0.1 --seed 7 --latency 200 --jitter 100");
}

void add_clock_options(CLI::App& command, EmulateArguments& arguments) {
    source::Publication& publication = arguments.options.publication;
    auto* from = command.add_option("--clock-from", arguments.clock_from,
                                    "the EIA side publishes hours as they come, this one first; default: all at once");
    command.add_option("--clock-speed", publication.hours_per_second, "hours a second of that clock")
        ->check(CLI::PositiveNumber)
        ->needs(from);
    command
        .add_option("--preliminary", publication.preliminary_hours,
                    "so many hours old a value is final; before, one in four is up to 5 % beside it")
        ->check(CLI::NonNegativeNumber)
        ->needs(from);
}

void add_pace_options(CLI::App& command, EmulateArguments& arguments) {
    source::EmulatorOptions& options = arguments.options;
    command.add_option("--latency", arguments.latency_ms, "milliseconds before each reply")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--jitter", arguments.jitter_ms, "up to so many milliseconds more or less, by --seed")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--rate", options.requests_per_second, "requests a second, 429 above; 0 = no limit")
        ->capture_default_str();
    command.add_option("--cache", arguments.cache_mb, "MB of finished replies kept, for benchmarks of clients")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    command.add_option("--gzip-level", options.gzip_level, "1 (fast) to 9 (small), 0 = never packed")
        ->check(CLI::Range(0, 9))
        ->capture_default_str();
}

}  // namespace

void add_emulate(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "emulate", "Serves the EIA API v2 and CAISO's OASIS on loopback: a synthetic grid, or a folder of CSV files");
    auto arguments = std::make_shared<EmulateArguments>();
    source::EmulatorOptions& options = arguments->options;
    command->add_option("--data", arguments->data, "folder of <RESPONDENT>.csv[.gz] with columns period,D,DF,…");
    command->add_option("--port", options.port, "0 = any free one")->capture_default_str();
    command->add_option("--seed", options.seed, "of the synthetic grid, jitter and faults")->capture_default_str();
    command->add_option("--key", options.api_key, "accept only this key; default: any");
    add_identity(*command, arguments->identity);
    command->add_option("--oasis-from", arguments->oasis_from, "first hour that OASIS retains; error 1014 before");
    add_clock_options(*command, *arguments);
    add_pace_options(*command, *arguments);
    add_fault_options(*command, *arguments);
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) { serve(options_of(*arguments)); };
    });
}

}  // namespace gridring::app
