// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "app/bench.hpp"
#include "app/hashed_tensors.hpp"
#include "app/peak_memory.hpp"
#include "gridring/core/error.hpp"
#include "gridring/math/matrix.hpp"

namespace gridring::app {
namespace {

struct Arguments : BenchArguments {
    std::vector<std::int64_t> slope;
    std::string exchange{comm::to_string(ring::Options{}.exchange)};
};

/// Bytes of the tensors that ring attention cannot do without, on the rank with most rows: Q, K, V, O and two visiting
/// K/V; with a backward pass also dO, dQ, dK, dV and two travelling dK/dV.
double formula_bytes(const attention::Shape& shape, std::int64_t rows, int ranks, bool has_backward) {
    const double queries = 4.0 * static_cast<double>(rows * shape.heads * shape.head_dim);
    const double keys = 4.0 * static_cast<double>(rows * shape.kv_heads * shape.head_dim);
    const double travelling = ranks > 1 ? 4 * keys : 0;
    return (2 * queries + 2 * keys + travelling) * (has_backward ? 2 : 1);
}

/// The same without a ring: all scores in fp32 beside Q, K, V, O.
double dense_bytes(const attention::Shape& shape, std::int64_t steps) {
    return formula_bytes(shape, steps, 1, false) +
           4.0 * static_cast<double>(shape.heads) * static_cast<double>(steps) * static_cast<double>(steps);
}

/// Collective: the worst rank's peak of one call on fresh memory.
double measure_ring(const comm::Communicator& world, const Arguments& arguments, const ring::Options& options,
                    std::int64_t length, bool has_backward) {
    world.barrier();
    const PeakMemory peak;
    const auto partition = make_partition(arguments, options.mask, length, world.size());
    ring::RingAttention ring(world, partition, arguments.shape(), options);
    HashedTensors tensors(ring, has_backward);
    tensors.forward(ring);
    if (has_backward) tensors.backward(ring);
    return world.max(static_cast<double>(peak.bytes()));
}

/// Plain attention, as one writes it first: every score of every head in memory at once.
double measure_dense(const Arguments& arguments, const attention::Mask& mask, std::int64_t length) {
    const PeakMemory peak;
    std::vector<std::int64_t> positions(static_cast<std::size_t>(length));
    std::iota(positions.begin(), positions.end(), 0);
    HashedTensors tensors(arguments.shape(), positions, false);
    const auto& shape = arguments.shape();
    const float scale = 1 / std::sqrt(static_cast<float>(shape.head_dim));
    std::vector<float> scores(static_cast<std::size_t>(shape.heads * length * length));
    for (std::int64_t h = 0; h < shape.heads; ++h) {
        const std::int64_t group = h / (shape.heads / shape.kv_heads);
        float* all = scores.data() + h * length * length;
        math::multiply_nt(tensors.q().head(0, h), tensors.block().k().head(0, group),
                          math::matrix(all, length, length));
        for (std::int64_t i = 0; i < length; ++i) {
            float *row = all + i * length, top = -INFINITY, sum = 0;
            for (std::int64_t j = 0; j < length; ++j) {
                row[j] = mask.sees(i, j) ? scale * row[j] : -INFINITY;
                top = std::max(top, row[j]);
            }
            for (std::int64_t j = 0; j < length; ++j) sum += row[j] = std::exp(row[j] - top);
            for (std::int64_t j = 0; j < length; ++j) row[j] /= sum;
        }
        math::multiply(math::matrix(all, length, length), tensors.block().v().head(0, group), tensors.out().head(0, h));
    }
    return static_cast<double>(peak.bytes());
}

/// Least squares through (log length, log bytes): 1 is linear, 2 quadratic.
double slope_of(const std::vector<std::pair<std::int64_t, double>>& points) {
    double x = 0, y = 0, xx = 0, xy = 0;
    const auto n = static_cast<double>(points.size());
    for (const auto& [length, bytes] : points) {
        const double a = std::log(static_cast<double>(length)), b = std::log(bytes);
        x += a, y += b, xx += a * a, xy += a * b;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

std::string megabytes(double bytes) { return fmt::format("{:.1f}", bytes * 1e-6); }

nlohmann::json run_length(const comm::Communicator& world, const Arguments& arguments, const ring::Options& options,
                          std::int64_t length) {
    const auto shape = arguments.shape();
    const auto rows = make_partition(arguments, options.mask, length, world.size()).max_rows();
    nlohmann::json row{{"length", length},
                       {"ranks", world.size()},
                       {"threads", options.threads},
                       {"heads", shape.heads},
                       {"kv_heads", shape.kv_heads},
                       {"head_dim", shape.head_dim},
                       {"mask", describe(options.mask)},
                       {"exchange", comm::to_string(options.exchange)},
                       {"wire", ring::to_string(options.wire)}};
    std::string line = fmt::format("{:>9}", length);
    for (const bool has_backward : {false, true}) {
        const double measured = measure_ring(world, arguments, options, length, has_backward);
        const double formula = formula_bytes(shape, rows, world.size(), has_backward);
        const std::string pass = has_backward ? "forward_backward" : "forward";
        row[pass + "_bytes"] = measured;
        row[pass + "_formula_bytes"] = formula;
        row[pass + "_ratio"] = measured / formula;
        line += fmt::format(" {:>10} {:>10} {:>6.2f}", megabytes(measured), megabytes(formula), measured / formula);
    }
    const double dense = dense_bytes(shape, length);
    row["dense_forward_formula_bytes"] = dense;
    line += fmt::format(" {:>12}", megabytes(dense));
    if (world.size() == 1 && dense < 0.25 * static_cast<double>(available_memory_bytes())) {
        row["dense_forward_bytes"] = measure_dense(arguments, options.mask, length);
        line += fmt::format(" {:>12}", megabytes(row["dense_forward_bytes"].get<double>()));
    } else {
        line += fmt::format(" {:>12}", "-");
    }
    if (world.is_root()) fmt::print("{}\n", line);
    return row;
}

void print_slopes(const nlohmann::json& rows, const std::vector<std::int64_t>& lengths) {
    for (const auto& [key, name] : {std::pair{"forward_bytes", "forward"},
                                    {"forward_backward_bytes", "forward+backward"},
                                    {"dense_forward_formula_bytes", "dense forward, computed"}}) {
        std::vector<std::pair<std::int64_t, double>> points;
        for (const auto& row : rows)
            if (const auto length = row["length"].get<std::int64_t>();
                std::ranges::find(lengths, length) != lengths.end())
                points.emplace_back(length, row[key].get<double>());
        fmt::print("bytes grow with length to the power {:.3f} ({}, {} lengths)\n", slope_of(points), name,
                   points.size());
    }
}

void bench_memory(const comm::Communicator& world, Arguments arguments) {
    ring::Options options;
    comm::run_together(world, [&] {
        check(arguments);
        for (const std::int64_t length : arguments.slope)
            if (std::ranges::find(arguments.lengths, length) == arguments.lengths.end())
                arguments.lengths.push_back(length);
        check(arguments);
        std::ranges::sort(arguments.slope);
        arguments.slope.erase(std::ranges::unique(arguments.slope).begin(), arguments.slope.end());
        if (arguments.slope.size() == 1) throw ConfigError("--slope: expected at least two lengths, found one");
        std::ranges::sort(arguments.lengths);
        options = resolve(arguments, parse_is_causal(arguments.mask));
        options.exchange = comm::parse_exchange_method(arguments.exchange);
        make_partition(arguments, options.mask, arguments.lengths.front(), world.size());
    });
    // What libraries and threads take once, whatever the length, counts to the process and not to the tensors.
    const PeakMemory once;
    measure_ring(world, arguments, options, 64, true);
    const double constant = world.max(static_cast<double>(once.bytes()));
    const auto shape = arguments.shape();
    if (world.is_root()) {
        fmt::print("{} ranks x {} threads, heads {}, kv heads {}, head_dim {}, {}, exchange {}, wire {}\n",
                   world.size(), options.threads, shape.heads, shape.kv_heads, shape.head_dim, describe(options.mask),
                   comm::to_string(options.exchange), ring::to_string(options.wire));
        fmt::print(
            "peak MB of the worst rank above the bare process, which libraries and threads make {} MB larger once\n",
            megabytes(constant));
        fmt::print("{:>9} {:>28} {:>28} {:>25}\n", "", "forward", "forward+backward", "dense forward, one process");
        fmt::print("{:>9} {:>10} {:>10} {:>6} {:>10} {:>10} {:>6} {:>12} {:>12}\n", "length", "measured", "formula",
                   "ratio", "measured", "formula", "ratio", "computed", "measured");
    }
    nlohmann::json rows = nlohmann::json::array();
    for (const std::int64_t length : arguments.lengths) rows.push_back(run_length(world, arguments, options, length));
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        if (!arguments.slope.empty()) print_slopes(rows, arguments.slope);
        write_report(arguments, fmt::format("mpirun -n {} ", world.size()), rows);
    });
}

}  // namespace

void add_bench_memory(CLI::App& bench, Action& action) {
    auto* command =
        bench.add_subcommand("memory", "Peak memory of a rank against the formula and against dense attention");
    command->footer(
        "Formula, fp32: Q, K, V, O and two visiting K/V (with several ranks); backward adds as much for gradients.\n"
        "Example: mpirun -n 2 gridring bench memory --slope 8760,17520,35040 --json memory.json");
    auto arguments = std::make_shared<Arguments>();
    add_bench_options(*command, *arguments, {1000, 8760, 35040}, "causal");
    add_ring_options(*command, *arguments);
    command->get_option("--mask")->description("causal or bidirectional");
    command->add_option("--exchange", arguments->exchange, "sendrecv, nonblocking, shared or auto")
        ->capture_default_str();
    command->add_option("--slope", arguments->slope, "these lengths, and how memory grows over them")
        ->delimiter(',')
        ->type_name("S,…");
    command->callback([&action, arguments, command] {
        if (!arguments->slope.empty() && command->count("--length") == 0) arguments->lengths.clear();
        arguments->command = action.command;
        action.run = [arguments](const comm::Communicator* world) { bench_memory(*world, *arguments); };
    });
}

}  // namespace gridring::app
