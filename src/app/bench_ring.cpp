// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <numeric>

#include "app/bench.hpp"
#include "app/hop_costs.hpp"
#include "app/peak_memory.hpp"
#include "app/sample_check.hpp"
#include "app/visible_pairs.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

struct Arguments : BenchArguments {
    std::string exchange{comm::to_string(ring::Options{}.exchange)}, overlap = "on";
};

/// One way to run the ring, with the times of its calls (of the slowest rank, and mean exposed wait of a call).
struct Variant {
    ring::Options options;
    std::unique_ptr<ring::RingAttention> ring;
    std::unique_ptr<HashedTensors> tensors;  ///< in memory of this ring's making
    std::vector<double> forward_seconds, both_seconds;

    std::string name() const {
        return fmt::format("{}{}", comm::to_string(ring->exchange()), options.overlap ? "" : ", no overlap");
    }
};

std::vector<bool> overlaps_of(const std::string& text) {
    if (text == "both") return {true, false};
    if (text == "on" || text == "off") return {text == "on"};
    throw ConfigError(fmt::format("--overlap: expected on, off or both, found '{}'", text));
}

/// Options without what needs other ranks; throws ConfigError.
std::vector<ring::Options> options_of(const Arguments& arguments, bool is_causal) {
    std::vector<ring::Options> all;
    for (const auto& name : split_names(arguments.exchange))
        for (const bool overlap : overlaps_of(arguments.overlap)) {
            all.push_back(resolve(arguments, is_causal));
            all.back().exchange = comm::parse_exchange_method(name);
            all.back().overlap = overlap;
        }
    return all;
}

/// The variants take turns, so that they meet the same clocks and neighbours; the first round only warms.
void take_turns(const comm::Communicator& world, const Arguments& arguments, std::vector<Variant>& variants) {
    for (int round = 0; round <= arguments.repetitions; ++round)
        for (Variant& variant : variants) {
            const double forward = seconds_together(world, [&] { variant.tensors->forward(*variant.ring); });
            double backward = 0;
            if (!arguments.is_forward_only)
                backward = seconds_together(world, [&] { variant.tensors->backward(*variant.ring); });
            if (round == 0) {
                variant.ring->reset_telemetry();
                continue;
            }
            variant.forward_seconds.push_back(forward);
            variant.both_seconds.push_back(forward + backward);
        }
}

double exposed_of(const std::vector<HopSummary>& hops) {
    return std::accumulate(hops.begin(), hops.end(), 0.0,
                           [](double sum, const HopSummary& hop) { return sum + hop.exposed_seconds.mean; });
}
double bytes_of(const std::vector<HopSummary>& hops) {
    return std::accumulate(hops.begin(), hops.end(), 0.0,
                           [](double sum, const HopSummary& hop) { return sum + hop.bytes_sent.mean; });
}

/// Prints one pass of one variant on rank 0 and adds its row. `hops` are those of all its parts.
void report(const comm::Communicator& world, const Arguments& arguments, const Variant& variant, const char* pass,
            double seconds, double flops, const std::vector<HopSummary>& hops, nlohmann::json& rows) {
    const auto& ring = *variant.ring;
    const double exposed = 100 * exposed_of(hops) / seconds;
    rows.push_back({{"length", ring.partition().steps()},
                    {"causal", variant.options.mask.is_causal},
                    {"window", variant.options.mask.window},
                    {"ranks", world.size()},
                    {"threads", arguments.threads},
                    {"partition", ring::to_string(ring.partition().scheme())},
                    {"exchange", comm::to_string(ring.exchange())},
                    {"overlap", variant.options.overlap},
                    {"wire", ring::to_string(variant.options.wire)},
                    {"rotate", ring::to_string(variant.options.backward)},
                    {"backend", variant.options.backend->name},
                    {"heads", ring.shape().heads},
                    {"kv_heads", ring.shape().kv_heads},
                    {"head_dim", ring.shape().head_dim},
                    {"pass", pass},
                    {"seconds", seconds},
                    {"gflops", flops / seconds * 1e-9},
                    {"exposed_percent", exposed},
                    {"bytes_sent_per_rank", bytes_of(hops)},
                    {"hops", to_json(hops)}});
    if (world.is_root())
        fmt::print(
            "{:<24} {:<17} {:>11.2f} ms {:>9.1f} GFLOP/s   exposed wait {:>5.2f} % of it, {:.2f} MB sent a rank\n",
            variant.name(), pass, 1e3 * seconds, flops / seconds * 1e-9, exposed, 1e-6 * bytes_of(hops));
}

void report(const comm::Communicator& world, const Arguments& arguments, const Variant& variant, double flops,
            nlohmann::json& rows) {
    const auto& telemetry = variant.ring->telemetry();
    const auto forward = summarise(world, telemetry.forward, telemetry.forward_calls);
    const auto backward = summarise(world, telemetry.backward, telemetry.backward_calls);
    report(world, arguments, variant, "forward", median(variant.forward_seconds), flops, forward, rows);
    if (!arguments.is_forward_only) {
        auto both = forward;
        both.insert(both.end(), backward.begin(), backward.end());
        report(world, arguments, variant, "forward+backward", median(variant.both_seconds),
               (1 + backward_over_forward) * flops, both, rows);
    }
    if (!world.is_root()) return;
    print_hops("forward", forward);
    if (!arguments.is_forward_only) print_hops("backward", backward);
}

void run_size(const comm::Communicator& world, const Arguments& arguments, std::int64_t length, bool is_causal,
              nlohmann::json& rows) {
    const PeakMemory peak;
    std::vector<Variant> variants;
    for (auto& options : options_of(arguments, is_causal))
        variants.push_back({std::move(options), nullptr, nullptr, {}, {}});
    const auto& mask = variants.front().options.mask;
    const auto partition = make_partition(arguments, mask, length, world.size());
    for (Variant& variant : variants) {
        variant.ring = std::make_unique<ring::RingAttention>(world, partition, arguments.shape(), variant.options);
        variant.tensors = std::make_unique<HashedTensors>(*variant.ring, !arguments.is_forward_only);
    }
    const auto work = visible_pairs(partition, mask, 1);
    const double flops = forward_flops(std::accumulate(work.begin(), work.end(), 0.0), arguments.shape());
    if (world.is_root())
        fmt::print("\nlength {}, {}, {}, work max/mean {:.3f}\n", length, describe(mask),
                   ring::to_string(partition.scheme()), ring::imbalance(work));
    take_turns(world, arguments, variants);
    const double peak_bytes = world.max(static_cast<double>(peak.bytes()));
    if (world.is_root())
        fmt::print("peak memory {:.0f} MB a rank{}\n", 1e-6 * peak_bytes,
                   variants.size() == 1 ? "" : ", of all these together");
    for (const Variant& variant : variants) {
        report(world, arguments, variant, flops, rows);
        if (arguments.samples == 0) continue;
        const auto& options = variant.options;
        const auto errors =
            check_samples(&world, *variant.tensors, length, {options.mask, options.scale}, arguments.samples);
        if (world.is_root()) fmt::print("sampled rows, {}: {}\n", variant.name(), describe(errors));
        rows.back()["error"] = to_json(errors);
        const bool is_rounded =
            options.wire == ring::Wire::bf16 || options.backend->name.find("bf16") != std::string_view::npos;
        comm::run_together(world, [&] { require_small(errors, is_rounded); });
    }
}

void bench_ring(const comm::Communicator& world, const Arguments& arguments) {
    std::vector<bool> masks;
    comm::run_together(world, [&] {
        check(arguments);
        masks = masks_of(arguments.mask);
        for (const std::int64_t length : arguments.lengths)
            for (const bool is_causal : masks)
                make_partition(arguments, options_of(arguments, is_causal).front().mask, length, world.size());
    });
    const auto shape = arguments.shape();
    if (world.is_root())
        fmt::print("{} ranks x {} threads, heads {}, kv heads {}, head_dim {}, wire {}, backend {} ({})\n",
                   world.size(), arguments.threads, shape.heads, shape.kv_heads, shape.head_dim, arguments.wire,
                   backend_named(arguments.backend).name, backend_named(arguments.backend).instructions);
    nlohmann::json rows = nlohmann::json::array();
    for (const std::int64_t length : arguments.lengths)
        for (const bool is_causal : masks) run_size(world, arguments, length, is_causal, rows);
    comm::run_together(world, [&] {
        if (world.is_root()) write_report(arguments, fmt::format("mpirun -n {} ", world.size()), rows);
    });
}

}  // namespace

void add_bench_ring(CLI::App& bench, Action& action) {
    auto* command =
        bench.add_subcommand("ring", "Ring attention over the ranks: hop by hop, what waits and what is hidden");
    command->footer(
        "Inputs are made from their positions on each rank, so no rank ever holds a whole tensor.\n"
        "Example: mpirun -n 2 gridring bench ring --length 16384 --exchange sendrecv,nonblocking --overlap both\n"
        "         mpirun -n 2 gridring bench ring --length 262144 --mask causal --forward-only --sample-check 16");
    auto arguments = std::make_shared<Arguments>();
    add_bench_options(*command, *arguments, {4096}, "causal");
    add_ring_options(*command, *arguments);
    command->add_option("--exchange", arguments->exchange, "sendrecv, nonblocking, shared or auto; several take turns")
        ->capture_default_str();
    command->add_option("--overlap", arguments->overlap, "on, off (exchange first, then compute) or both")
        ->capture_default_str();
    command->add_flag("--forward-only", arguments->is_forward_only, "no backward pass");
    command->add_option("--repetitions", arguments->repetitions)->capture_default_str();
    command
        ->add_option("--sample-check", arguments->samples,
                     "check N rows of the result against dense attention in double")
        ->type_name("N");
    command->callback([&action, arguments] {
        arguments->command = action.command;
        action.run = [arguments](const comm::Communicator* world) { bench_ring(*world, *arguments); };
    });
}

}  // namespace gridring::app
