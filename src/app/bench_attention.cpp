// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <numeric>

#include "app/bench.hpp"
#include "app/sample_check.hpp"
#include "app/visible_pairs.hpp"
#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

constexpr double shortest_repetition = 0.02;  // [s]; as long as one of the peak

/// Seconds a call: as many calls as take long enough to be timed.
template <class Run>
double seconds_a_call(const Run& run) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    int calls = 0;
    double seconds = 0;
    do {
        run();
        ++calls;
        seconds = std::chrono::duration<double>(Clock::now() - start).count();
    } while (seconds < shortest_repetition);
    return seconds / calls;
}

struct Measured {
    double seconds, gflops, peak_gflops, percent_of_peak;  ///< medians, the last of the ratios
};

/// One repetition of the peak, one of the kernel, in turn: both meet the same clocks and neighbours.
template <class Run>
Measured measure(const BenchArguments& arguments, double flops, const Run& run) {
    run();  // warm
    std::vector<double> seconds, peaks, percents;
    for (int i = 0; i < arguments.repetitions; ++i) {
        peaks.push_back(attention::fma_gflops_once(arguments.threads));
        seconds.push_back(seconds_a_call(run));
        percents.push_back(100 * flops / seconds.back() * 1e-9 / peaks.back());
    }
    const double middle = median(seconds);
    return {middle, flops / middle * 1e-9, median(peaks), median(percents)};
}

/// One kernel on one whole sequence.
class Kernel {
public:
    Kernel(const BenchArguments& arguments, const attention::Backend& backend, bool is_causal, HashedTensors& tensors)
        : backend_(backend),
          scoring_{{.is_causal = is_causal, .window = arguments.window}, static_cast<float>(arguments.scale)},
          tensors_(tensors),
          team_(arguments.threads),
          scratch_(tensors.lse().size()) {}

    const attention::Scoring& scoring() const { return scoring_; }
    void forward() {
        const attention::SoftmaxState state{tensors_.out(), tensors_.lse(), scratch_};
        attention::reset(state, team_);
        backend_.accumulate(queries(), keys(), scoring_, state, team_);
        attention::finish(state, tensors_.lse(), team_);
    }
    void backward() {
        attention::row_delta(tensors_.out(), tensors_.out_gradient(), scratch_, team_);
        for (const auto& gradient : {tensors_.dq(), tensors_.dk(), tensors_.dv()})
            std::fill_n(gradient.data, gradient.rows * gradient.heads * gradient.head_dim, 0.0F);
        backend_.backward({queries(), tensors_.out_gradient(), tensors_.lse(), scratch_, keys(), tensors_.dq(),
                           tensors_.dk(), tensors_.dv()},
                          scoring_, team_);
    }

private:
    attention::QueryView queries() { return {tensors_.q(), tensors_.positions(), {}}; }
    attention::KeyValueView keys() {
        return {tensors_.block().k(), tensors_.block().v(), tensors_.positions(), {}, {}};
    }

    const attention::Backend& backend_;
    attention::Scoring scoring_;
    HashedTensors& tensors_;
    math::ThreadTeam team_;
    std::vector<float> scratch_;  ///< sums of the softmax, then delta
};

void print_row(const nlohmann::json& row) {
    fmt::print("{:>9} {:<26} {:<9} {:<10} {:>11.2f} {:>9.1f} {:>9.1f} {:>6.1f}\n", row["length"].get<std::int64_t>(),
               row["mask"].get<std::string>(), row["pass"].get<std::string>(), row["backend"].get<std::string>(),
               1e3 * row["seconds"].get<double>(), row["gflops"].get<double>(), row["peak_gflops"].get<double>(),
               row["percent_of_peak"].get<double>());
}

/// Both passes of one kernel; adds their rows.
void run_kernel(const BenchArguments& arguments, const attention::Backend& backend, bool is_causal,
                HashedTensors& tensors, nlohmann::json& rows) {
    Kernel kernel(arguments, backend, is_causal, tensors);
    const ring::Partition whole(ring::Scheme::contiguous, tensors.rows(), 1);
    const auto& mask = kernel.scoring().mask;
    const double flops = forward_flops(visible_pairs(whole, mask, 1).front(), tensors.shape());
    const auto add = [&](const char* pass, const Measured& measured) {
        rows.push_back({{"length", tensors.rows()},
                        {"causal", is_causal},
                        {"window", mask.window},
                        {"mask", describe(mask)},
                        {"threads", arguments.threads},
                        {"pass", pass},
                        {"backend", backend.name},
                        {"instructions", backend.instructions},
                        {"heads", tensors.shape().heads},
                        {"kv_heads", tensors.shape().kv_heads},
                        {"head_dim", tensors.shape().head_dim},
                        {"seconds", measured.seconds},
                        {"gflops", measured.gflops},
                        {"peak_gflops", measured.peak_gflops},
                        {"percent_of_peak", measured.percent_of_peak}});
        print_row(rows.back());
    };
    add("forward", measure(arguments, flops, [&] { kernel.forward(); }));
    if (!arguments.is_forward_only)
        add("backward", measure(arguments, backward_over_forward * flops, [&] { kernel.backward(); }));
    if (arguments.samples == 0) return;
    const auto errors = check_samples(nullptr, tensors, tensors.rows(), kernel.scoring(), arguments.samples);
    fmt::print("{:>9} {}\n", "", describe(errors));
    rows.back()["error"] = to_json(errors);
    require_small(errors, backend.name.find("bf16") != std::string_view::npos);
}

void bench_attention(const BenchArguments& arguments) {
    check(arguments);
    std::vector<const attention::Backend*> backends;
    for (const auto& name : split_names(arguments.backend)) {
        RingArguments one = arguments;
        one.backend = name;
        backends.push_back(resolve(one, true).backend);
    }
    const auto masks = masks_of(arguments.mask);
    const auto shape = arguments.shape();
    fmt::print("heads {}, kv heads {}, head_dim {}, {} threads; {} on this machine: {}\n", shape.heads, shape.kv_heads,
               shape.head_dim, arguments.threads, backends.front()->name, backends.front()->instructions);
    fmt::print(
        "GFLOP/s of 4 pairs x head_dim a head forward, 2.5 times that backward; peak: fp32 FMA, in turn with it\n");
    fmt::print("{:>9} {:<26} {:<9} {:<10} {:>11} {:>9} {:>9} {:>6}\n", "length", "mask", "pass", "backend", "ms",
               "GFLOP/s", "peak", "%");
    nlohmann::json rows = nlohmann::json::array();
    for (const std::int64_t length : arguments.lengths) {
        std::vector<std::int64_t> positions(static_cast<std::size_t>(length));
        std::iota(positions.begin(), positions.end(), 0);
        HashedTensors tensors(shape, positions, !arguments.is_forward_only);
        for (const bool is_causal : masks)
            for (const auto* backend : backends) run_kernel(arguments, *backend, is_causal, tensors, rows);
    }
    write_report(arguments, "", rows);
}

}  // namespace

void add_bench_attention(CLI::App& bench, Action& action) {
    auto* command = bench.add_subcommand("attention", "The attention kernel of one process against the machine's peak");
    command->footer(
        "The peak is a loop of independent fp32 FMAs, measured in turn with the kernel: compare the last column.\n"
        "Example: gridring bench attention --length 1024,8192 --threads 2 --check --json attention.json");
    auto arguments = std::make_shared<BenchArguments>();
    add_bench_options(*command, *arguments, {1024, 4096}, "both");
    command->get_option("--backend")->description("auto, simd, simd-bf16 or eigen; several: simd,eigen");
    command->add_option("--repetitions", arguments->repetitions)->capture_default_str();
    command->add_flag("--forward-only", arguments->is_forward_only, "no backward pass");
    auto* samples = command->add_option("--sample-check", arguments->samples,
                                        "check N rows of every result against dense attention in double");
    samples->type_name("N");
    command->add_flag_callback(
        "--check", [arguments] { arguments->samples = 64; }, "the same, 64 rows");
    command->callback([&action, arguments] {
        arguments->command = action.command;
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) { bench_attention(*arguments); };
    });
}

}  // namespace gridring::app
