// SPDX-License-Identifier: MIT
#include "app/ring_arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

/// Options that the command line knows but the mathematics does not take.
void require(bool holds, const char* option, const char* expected, double found) {
    if (!holds) throw ConfigError(fmt::format("{}: expected {}, found {}", option, expected, found));
}

}  // namespace

void add_kernel_options(CLI::App& command, RingArguments& arguments) {
    command.add_option("--window", arguments.window, "see only the last W keys, one's own included; 0 = all")
        ->type_name("W");
    command.add_option("--scale", arguments.scale, "of the scores; 0 = 1/sqrt(head_dim)")->type_name("X");
    command.add_option("--backend", arguments.backend, "auto, simd, simd-bf16 or eigen")->capture_default_str();
    command.add_option("--threads", arguments.threads, "that compute, on each rank")->capture_default_str();
}

void add_ring_options(CLI::App& command, RingArguments& arguments) {
    command.add_option("--partition", arguments.partition,
                       "contiguous, zigzag, striped or weighted; default: zigzag where causal, contiguous otherwise");
    command.add_option("--weights", arguments.weights, "speeds of the ranks, for --partition weighted: 1,2,…")
        ->delimiter(',')
        ->type_name("A,B,…");
    command.add_option("--wire", arguments.wire, "how keys and values travel: fp32 or bf16")->capture_default_str();
    command.add_option("--rotate", arguments.rotate, "what travels in the backward pass: auto, kv or q")
        ->capture_default_str();
    command
        .add_option("--deadline", arguments.deadline_seconds,
                    "seconds that a hop may take before the job ends with exit code 5; 0 = for ever")
        ->type_name("SECONDS")
        ->capture_default_str();
}

const attention::Backend& backend_named(const std::string& name) {
    return name == "auto" ? attention::simd_backend() : attention::find_backend(name);
}

bool parse_is_causal(const std::string& mask) {
    if (mask == "causal") return true;
    if (mask == "bidirectional") return false;
    throw ConfigError(fmt::format("expected a mask (causal or bidirectional), found '{}'", mask));
}

std::string describe(const attention::Mask& mask) {
    const std::string name = mask.is_causal ? "causal" : "bidirectional";
    return mask.window == 0 ? name : fmt::format("{}, window {}", name, mask.window);
}

ring::Options resolve(const RingArguments& arguments, bool is_causal) {
    require(arguments.window >= 0, "--window", "a number of keys, or 0 for all", static_cast<double>(arguments.window));
    require(std::isfinite(arguments.scale) && arguments.scale >= 0, "--scale",
            "a positive number, or 0 for 1/sqrt(head_dim)", arguments.scale);
    require(arguments.threads >= 1 && arguments.threads <= 4096, "--threads", "at least 1, at most 4096",
            arguments.threads);
    require(arguments.deadline_seconds >= 0 && arguments.deadline_seconds < 1e9, "--deadline", "seconds, or 0 for none",
            arguments.deadline_seconds);
    ring::Options options;
    options.mask = {.is_causal = is_causal, .window = arguments.window};
    options.scale = static_cast<float>(arguments.scale);
    options.wire = ring::parse_wire(arguments.wire);
    options.backward = ring::parse_backward_rotation(arguments.rotate);
    options.backend = &backend_named(arguments.backend);
    options.threads = arguments.threads;
    options.deadline = std::chrono::milliseconds(std::llround(arguments.deadline_seconds * 1000));
    return options;
}

ring::Partition make_partition(const RingArguments& arguments, const attention::Mask& mask, std::int64_t steps,
                               int ranks) {
    const bool is_weighted = arguments.partition == "weighted";
    if (is_weighted != !arguments.weights.empty())
        throw ConfigError(is_weighted ? "--partition weighted: expected --weights, one a rank, found none"
                                      : "--weights: expected --partition weighted beside it, found '" +
                                            arguments.partition + "'");
    const auto by_mask = mask.is_causal && mask.window == 0 ? ring::Scheme::zigzag : ring::Scheme::contiguous;
    const auto scheme = arguments.partition.empty() ? by_mask : ring::parse_scheme(arguments.partition);
    return {scheme, steps, ranks, arguments.weights};
}

}  // namespace gridring::app
