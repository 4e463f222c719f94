// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "app/attend_input.hpp"
#include "app/attend_output.hpp"
#include "app/commands.hpp"
#include "app/hop_costs.hpp"
#include "app/ring_arguments.hpp"
#include "app/visible_pairs.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

struct Arguments : RingArguments {
    std::string in, out, command;
    std::string mask = "causal";
    std::string exchange{comm::to_string(ring::Options{}.exchange)};
};

/// Everything that is known before the first row is read, the same on every rank.
struct Plan {
    AttendProblem problem;
    ring::Options options;
    std::optional<ring::Partition> partition;
    std::vector<double> work;  ///< visible pairs of each rank
    std::vector<store::TensorPlan> outputs;

    double flops() const { return forward_flops(std::accumulate(work.begin(), work.end(), 0.0), problem.shape); }
};

std::vector<store::TensorPlan> outputs_of(const AttendProblem& problem) {
    const auto& [B, H, G, D] = problem.shape;
    const std::int64_t T = problem.steps;
    std::vector<store::TensorPlan> outputs{{"/out", {B, T, H, D}, "attention output"},
                                           {"/lse", {B, H, T}, "log-sum-exp of the scores; -inf where no key is seen"}};
    if (!problem.has_gradient) return outputs;
    outputs.push_back({"/dq", {B, T, H, D}, "gradient of sum(out * d_out) by q"});
    outputs.push_back({"/dk", {B, T, G, D}, "gradient of sum(out * d_out) by k"});
    outputs.push_back({"/dv", {B, T, G, D}, "gradient of sum(out * d_out) by v"});
    return outputs;
}

Plan make_plan(const comm::Communicator& world, const Arguments& arguments, const store::TensorReader& file) {
    Plan plan;
    plan.options = resolve(arguments, parse_is_causal(arguments.mask));
    plan.options.exchange = comm::parse_exchange_method(arguments.exchange);
    if (std::error_code none; fs::equivalent(arguments.in, arguments.out, none))
        throw ConfigError("OUT.h5: expected another file than IN.h5, found the same: " + arguments.out);
    plan.problem = describe_input(file);
    plan.options.is_packed = plan.problem.has_segments;
    plan.partition = make_partition(arguments, plan.options.mask, plan.problem.steps, world.size());
    std::vector<std::int32_t> segments;
    if (plan.problem.has_segments) {  // 4 bytes a step beside the kilobytes that a row of K and V takes
        std::vector<std::int64_t> all(static_cast<std::size_t>(plan.problem.steps));
        std::iota(all.begin(), all.end(), 0);
        segments = file.read_labels("/segment", 1, all);
    }
    plan.work = visible_pairs(*plan.partition, plan.options.mask, plan.problem.shape.batch, segments);
    plan.outputs = outputs_of(plan.problem);
    return plan;
}

float scale_of(const Plan& plan) {
    return attention::softmax_scale({plan.options.mask, plan.options.scale}, plan.problem.shape.head_dim);
}

std::map<std::string, std::string> attributes_of(const comm::Communicator& world, const Arguments& arguments,
                                                 const Plan& plan) {
    const auto& options = plan.options;
    const nlohmann::json json{{"ranks", world.size()},
                              {"threads", options.threads},
                              {"partition", ring::to_string(plan.partition->scheme())},
                              {"weights", arguments.weights},
                              {"wire", ring::to_string(options.wire)},
                              {"rotate", ring::to_string(options.backward)},
                              {"backend", options.backend->name},
                              {"instructions", options.backend->instructions},
                              {"exchange", comm::to_string(options.exchange)},
                              {"window", options.mask.window}};
    return {{"command", fmt::format("mpirun -n {} gridring {}", world.size(), arguments.command)},
            {"version", std::string(version())},
            {"commit", std::string(git_commit())},
            {"options", json.dump()},
            {"scale", fmt::format("{}", scale_of(plan))},
            {"mask", describe(options.mask)}};
}

void print_plan(const comm::Communicator& world, const Arguments& arguments, const Plan& plan) {
    const auto& [problem, options, partition, work, outputs] = plan;
    std::string extras;
    for (const auto& [has, name] :
         {std::pair{problem.has_validity, "valid"}, {problem.has_segments, "segment"}, {problem.has_gradient, "d_out"}})
        if (has) extras += fmt::format(", {}", name);
    fmt::print("{}: batch {}, time {}, heads {}, kv heads {}, head_dim {}; q, k, v{}\n", arguments.in,
               problem.shape.batch, problem.steps, problem.shape.heads, problem.shape.kv_heads, problem.shape.head_dim,
               extras);
    fmt::print("mask {}, scale {:.6g}\n", describe(options.mask), scale_of(plan));
    fmt::print("{} ranks x {} threads, {}, work max/mean {:.3f}; wire {}, exchange {}\n", world.size(), options.threads,
               ring::to_string(partition->scheme()), ring::imbalance(work), ring::to_string(options.wire),
               comm::to_string(options.exchange));
    fmt::print("backend {} ({})\n", options.backend->name, options.backend->instructions);
}

void print_pass(const comm::Communicator& world, const char* name, double seconds, double flops,
                std::span<const ring::HopCost> costs) {
    const auto hops = summarise(world, costs, 1);
    if (!world.is_root()) return;
    fmt::print("{:<9} {:.3f} s, {:.1f} GFLOP/s\n", name, seconds, flops / seconds * 1e-9);
    print_hops(name, hops);
}

/// Memory of this rank for everything but the block that travels.
struct Tensors {
    AttendRows rows;
    std::vector<float> out, lse, dq, dk, dv;
};

Tensors make_tensors(const ring::RingAttention& attention, bool has_gradient) {
    const auto& [B, H, G, D] = attention.shape();
    const auto size = [&](std::int64_t per_row) { return static_cast<std::size_t>(B * attention.rows() * per_row); };
    Tensors tensors{{}, std::vector<float>(size(H * D)), std::vector<float>(size(H)), {}, {}, {}};
    if (has_gradient) {
        tensors.dq.resize(size(H * D));
        tensors.dk.resize(size(G * D));
        tensors.dv.resize(size(G * D));
    }
    return tensors;
}

/// The largest length of a row of one head.
double longest(const attention::ConstHeads& tensor) {
    double most = 0;
    for (std::int64_t b = 0; b < tensor.batch; ++b)
        for (std::int64_t h = 0; h < tensor.heads; ++h)
            for (std::int64_t l = 0; l < tensor.rows; ++l) {
                const float* row = tensor.head(b, h).row(l);
                most = std::max(most, std::transform_reduce(row, row + tensor.head_dim, 0.0, std::plus{},
                                                            [](double x) { return x * x; }));
            }
    return std::sqrt(most);
}

/// No score is larger than |q| |k|: held to where fp32 has no digit behind the point left. Collective.
void expect_scores(const comm::Communicator& world, const ring::RingAttention& attention, std::vector<float>& q,
                   ring::KeyValueBlock& block, float scale) {
    const auto& [B, H, G, D] = attention.shape();
    constexpr double largest = 1e8;
    const double queries = world.max(longest(attention::Heads(q.data(), B, attention.rows(), H, D)));
    const double keys = world.max(longest(block.k()));
    if (scale * queries * keys <= largest) return;
    throw NumericError(
        fmt::format("expected scores of at most {:g}, found rows of q as long as {:.3g} and of k as {:.3g} "
                    "with the scale {:.3g}; scale them down",
                    largest, queries, keys, scale));
}

/// Inputs are finite and scores in range: what is not, here, overflowed fp32.
void expect_finite(const ring::RingAttention& attention, const Tensors& own) {
    const auto& [B, H, G, D] = attention.shape();
    const std::int64_t L = attention.rows();
    for (std::int64_t b = 0; b < B; ++b)
        for (std::int64_t h = 0; h < H; ++h)
            for (std::int64_t l = 0; l < L; ++l) {
                const float lse = own.lse[static_cast<std::size_t>((b * H + h) * L + l)];
                const float* row = own.out.data() + ((b * L + l) * H + h) * D;
                const bool has_no_key = lse == -std::numeric_limits<float>::infinity();
                if ((has_no_key || std::isfinite(lse)) &&
                    std::all_of(row, row + D, [](float x) { return std::isfinite(x); }))
                    continue;
                throw NumericError(fmt::format(
                    "expected finite outputs, found another at batch {}, time {}, head {} (log-sum-exp {}): "
                    "sums of its values exceed fp32; scale v down",
                    b, attention.positions()[static_cast<std::size_t>(l)], h, lse));
            }
}

/// A step whose memory may not be there.
template <class Step>
void with_memory(const Plan& plan, const Step& step) {
    try {
        step();
    } catch (const std::bad_alloc&) {
        throw DataError(fmt::format("the rows of one rank ({} of {} at most) do not fit its memory; use more ranks",
                                    plan.partition->max_rows(), plan.problem.steps));
    }
}

void attend(const comm::Communicator& world, const Arguments& arguments) {
    std::optional<store::TensorReader> file;
    std::optional<store::TensorWriter> writer;
    Plan plan;
    comm::run_together(world, [&] {
        file.emplace(arguments.in);
        plan = make_plan(world, arguments, *file);
    });
    comm::run_together(world, [&] {  // before hours of work, not after
        if (world.is_root()) writer.emplace(arguments.out, plan.outputs, attributes_of(world, arguments, plan));
    });

    const auto& [B, H, G, D] = plan.problem.shape;
    const bool has_gradient = plan.problem.has_gradient;
    std::optional<ring::RingAttention> ring;
    std::optional<ring::KeyValueBlock> own_block;
    Tensors own;
    comm::run_together(world, [&] {
        with_memory(plan, [&] {
            ring.emplace(world, *plan.partition, plan.problem.shape, plan.options);
            own_block.emplace(ring->make_block());
        });
    });
    auto& attention = *ring;
    plan.options.exchange = attention.exchange();  // what `auto` came to
    if (world.is_root()) print_plan(world, arguments, plan);
    auto& block = *own_block;
    comm::run_together(world, [&] {
        with_memory(plan, [&] {
            own = make_tensors(attention, has_gradient);
            own.rows = read_rows(*file, plan.problem, attention.positions(), block);
        });
        file.reset();
    });
    comm::run_together(world, [&] { expect_scores(world, attention, own.rows.q, block, scale_of(plan)); });
    const std::int64_t holes = world.sum(own.rows.holes);
    if (world.is_root() && holes > 0) fmt::print("{} values not finite where /valid is 0: taken as 0\n", holes);

    const std::int64_t L = attention.rows();
    const auto like_q = [&](std::vector<float>& values) { return attention::Heads(values.data(), B, L, H, D); };
    const auto like_k = [&](std::vector<float>& values) { return attention::Heads(values.data(), B, L, G, D); };
    const double forward =
        seconds_together(world, [&] { attention.forward(like_q(own.rows.q), block, like_q(own.out), own.lse); });
    comm::run_together(world, [&] { expect_finite(attention, own); });
    print_pass(world, "forward", forward, plan.flops(), attention.telemetry().forward);
    if (has_gradient) {
        const double backward = seconds_together(world, [&] {
            attention.backward(like_q(own.rows.q), block, like_q(own.out), own.lse, like_q(own.rows.out_gradient),
                               like_q(own.dq), like_k(own.dk), like_k(own.dv));
        });
        print_pass(world, "backward", backward, backward_over_forward * plan.flops(), attention.telemetry().backward);
    }

    const std::array values{&own.out, &own.lse, &own.dq, &own.dk, &own.dv};
    std::string names;
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
        const auto& output = plan.outputs[i];
        write_spread(world, writer ? &*writer : nullptr, output, output.name == "/lse" ? 2 : 1, *plan.partition,
                     *values[i]);
        names += (i == 0 ? "" : ", ") + output.name.substr(1);
    }
    comm::run_together(world, [&] {
        if (writer) writer->publish();
    });
    if (world.is_root()) fmt::print("output: {} ({})\n", fs::absolute(arguments.out).string(), names);
}

}  // namespace

void add_attend(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("attend", "Exact ring attention, forward and backward, on tensors from a file");
    command->footer(
        "IN.h5 holds q [batch, time, heads, head_dim], k and v (their heads divide those of q), of any float type;\n"
        "optional: valid and segment [batch, time], d_out like q. OUT.h5 gets out, lse [batch, heads, time] and, with\n"
        "d_out, dq, dk and dv, fp32. Both are described in docs/data_format.md.\n"
        "Example: mpirun -n 4 gridring attend in.h5 out.h5 --mask causal --window 8760");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("IN.h5", arguments->in, "any HDF5 file with q, k and v")->required();
    command->add_option("OUT.h5", arguments->out, "replaced when all is done")->required();
    command->add_option("--mask", arguments->mask, "causal or bidirectional")->capture_default_str();
    add_kernel_options(*command, *arguments);
    add_ring_options(*command, *arguments);
    command->add_option("--exchange", arguments->exchange, "sendrecv, nonblocking, shared or auto")
        ->capture_default_str();
    command->callback([&action, arguments] {
        arguments->command = action.command;
        action.run = [arguments](const comm::Communicator* world) { attend(*world, *arguments); };
    });
}

}  // namespace gridring::app
