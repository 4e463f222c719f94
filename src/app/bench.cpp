// SPDX-License-Identifier: MIT
#include "app/bench.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

/// "AMD EPYC, 2 cores"
std::string machine() {
    std::string model = "unknown processor";
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) {
            model = line.substr(std::min(line.size(), line.find(':') + 2));
            break;
        }
    return fmt::format("{}, {} cores", model, std::thread::hardware_concurrency());
}

void require(bool holds, const char* option, const char* expected, std::int64_t found) {
    if (!holds) throw ConfigError(fmt::format("{}: expected {}, found {}", option, expected, found));
}

}  // namespace

void add_bench_options(CLI::App& command, BenchArguments& arguments, const std::vector<std::int64_t>& lengths,
                       const std::string& mask) {
    arguments.lengths = lengths;
    arguments.mask = mask;
    command.add_option("--length", arguments.lengths, "of the sequence; several: 1024,4096")
        ->delimiter(',')
        ->type_name("S,…")
        ->capture_default_str();
    command.add_option("--heads", arguments.heads)->capture_default_str();
    command.add_option("--kv-heads", arguments.kv_heads, "divide the heads; 0 = as many");
    command.add_option("--head-dim", arguments.head_dim)->capture_default_str();
    command.add_option("--mask", arguments.mask, "causal, bidirectional or both")->capture_default_str();
    command.add_option("--json", arguments.json, "write the table to this file as well")->type_name("FILE");
    add_kernel_options(command, arguments);
}

void check(const BenchArguments& arguments) {
    for (const std::int64_t length : arguments.lengths)
        require(length >= 1 && length <= std::int64_t{1} << 40, "--length", "at least 1", length);
    require(arguments.heads >= 1, "--heads", "at least 1", arguments.heads);
    require(arguments.head_dim >= 1, "--head-dim", "at least 1", arguments.head_dim);
    const std::int64_t kv_heads = arguments.shape().kv_heads;
    require(kv_heads >= 1 && arguments.heads % kv_heads == 0, "--kv-heads", "a divisor of --heads", kv_heads);
    require(arguments.repetitions >= 1, "--repetitions", "at least 1", arguments.repetitions);
    require(arguments.samples >= 0, "--sample-check", "a number of rows", arguments.samples);
    check_report(arguments.json);
}

std::vector<bool> masks_of(const std::string& mask) {
    if (mask == "both") return {false, true};
    return {parse_is_causal(mask)};
}

std::vector<std::string> split_names(const std::string& text) { return CLI::detail::split(text, ','); }

double median(std::vector<double> values) {
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

void check_report(const std::string& json) {
    const fs::path folder = fs::path(json).parent_path();
    if (std::error_code error; !folder.empty() && !fs::is_directory(folder, error))
        throw StoreError(json, "expected an existing folder to write to, found none: " + folder.string());
}

void write_report(const std::string& json, const std::string& command, const nlohmann::json& rows) {
    if (json.empty()) return;
    const nlohmann::json report{{"machine", machine()},   {"command", command},         {"version", version()},
                                {"commit", git_commit()}, {"made_at", utc_timestamp()}, {"rows", rows}};
    write_file_atomically(json, report.dump(1) + "\n");
    fmt::print("table: {}\n", fs::absolute(json).string());
}

void write_report(const BenchArguments& arguments, const std::string& launcher, const nlohmann::json& rows) {
    write_report(arguments.json, launcher + "gridring " + arguments.command, rows);
}

void add_bench(CLI::App& app, Action& action) {
    auto* bench = app.add_subcommand("bench", "Measures this machine: tables on the terminal, JSON in a file");
    bench->require_subcommand(1);
    bench->footer(
        "Example: gridring bench attention --length 1024,8192 --json attention.json\n"
        "         mpirun -n 2 gridring bench ring --length 16384 --exchange sendrecv,nonblocking\n"
        "         mpirun -n 2 gridring bench memory --length 1000,8760,35040\n"
        "         gridring bench extract --folder /var/tmp\n"
        "         gridring bench train");
    add_bench_attention(*bench, action);
    add_bench_ring(*bench, action);
    add_bench_memory(*bench, action);
    add_bench_extract(*bench, action);
    add_bench_train(*bench, action);
}

}  // namespace gridring::app
