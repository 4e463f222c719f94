// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/ring_arguments.hpp"

namespace gridring::app {

/// What every benchmark takes.
struct BenchArguments : RingArguments {
    std::string command;
    std::vector<std::int64_t> lengths;
    std::int64_t heads = 8, kv_heads = 0, head_dim = 64;  ///< kv_heads 0 = heads
    std::string mask = "both", json;
    int repetitions = 5;
    bool is_forward_only = false;
    std::int64_t samples = 0;  ///< rows checked against the oracle

    attention::Shape shape() const { return {1, heads, kv_heads == 0 ? heads : kv_heads, head_dim}; }
};

/// --length, --heads, --kv-heads, --head-dim, --mask, --json and what add_kernel_options() adds.
void add_bench_options(CLI::App& command, BenchArguments& arguments, const std::vector<std::int64_t>& lengths,
                       const std::string& mask);
/// Checks what the command line cannot. Throws ConfigError, and StoreError for a JSON file that cannot be written.
void check(const BenchArguments& arguments);
/// The values of is_causal that --mask names.
std::vector<bool> masks_of(const std::string& mask);
std::vector<std::string> split_names(const std::string& text);  ///< by commas

double median(std::vector<double> values);

/// Throws StoreError for a JSON file that cannot be written: before the measurement, not after.
void check_report(const std::string& json);
/// {"machine", "command", "version", "commit", "made_at", "rows"} into the file `json`, unless that is empty, and says
/// so.
void write_report(const std::string& json, const std::string& command, const nlohmann::json& rows);
/// The same into --json. `launcher` goes before the command: "mpirun -n 2 ".
void write_report(const BenchArguments& arguments, const std::string& launcher, const nlohmann::json& rows);

void add_bench_attention(CLI::App& bench, Action& action);
void add_bench_ring(CLI::App& bench, Action& action);
void add_bench_memory(CLI::App& bench, Action& action);
void add_bench_extract(CLI::App& bench, Action& action);
void add_bench_train(CLI::App& bench, Action& action);

}  // namespace gridring::app
