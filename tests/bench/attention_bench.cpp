// SPDX-License-Identifier: MIT
// How near does an attention backend come to the fp32 peak of one core? Question, command and last result: README.md.
// Takes the name of the backend: simd (as without a name), simd-bf16, eigen.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <vector>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/random.hpp"

using namespace gridring;
using attention::Heads;

namespace {

/// Of this thread: time that other programs take does not count.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Best of several runs, at least three and at least half a second together.
template <class Run>
double best_seconds(const Run& run) {
    double best = 1e30, total = 0;
    for (int i = 0; i < 3 || total < 0.5; ++i) {
        const double start = cpu_seconds();
        run();
        const double taken = cpu_seconds() - start;
        best = std::min(best, taken), total += taken;
    }
    return best;
}

struct Case {
    std::int64_t steps, heads, kv_heads, head_dim;
};

std::vector<float> normal(std::int64_t size, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(static_cast<std::size_t>(size));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

void measure(const attention::Backend& backend, const Case& size, bool is_causal, double peak) {
    const auto& [T, H, G, D] = size;
    std::vector<std::int64_t> positions(static_cast<std::size_t>(T));
    std::iota(positions.begin(), positions.end(), 0);
    auto q = normal(T * H * D, 1), k = normal(T * G * D, 2), v = normal(T * G * D, 3), dout = normal(T * H * D, 4);
    std::vector<float> out(q.size()), dq(q.size()), dk(k.size()), dv(v.size()), lse(static_cast<std::size_t>(H * T)),
        sum(lse.size()), delta(lse.size());
    const Heads outs(out.data(), 1, T, H, D), douts(dout.data(), 1, T, H, D);
    const attention::QueryView queries{Heads(q.data(), 1, T, H, D), positions, {}};
    const attention::KeyValueView block{Heads(k.data(), 1, T, G, D), Heads(v.data(), 1, T, G, D), positions, {}, {}};
    const attention::Scoring scoring{{is_causal}};
    math::ThreadTeam alone;

    const attention::SoftmaxState state{outs, lse, sum};
    const double forward = best_seconds([&] {
        attention::reset(state, alone);
        backend.accumulate(queries, block, scoring, state, alone);
        attention::finish(state, lse, alone);
    });
    attention::row_delta(outs, douts, delta, alone);
    const attention::BackwardBlock step{queries,
                                        douts,
                                        lse,
                                        delta,
                                        block,
                                        Heads(dq.data(), 1, T, H, D),
                                        Heads(dk.data(), 1, T, G, D),
                                        Heads(dv.data(), 1, T, G, D)};
    const double backward = best_seconds([&] { backend.backward(step, scoring, alone); });

    const auto T_squared = static_cast<double>(T) * static_cast<double>(is_causal ? T + 1 : 2 * T) / 2;
    const double flops = 4 * T_squared * static_cast<double>(H * D) * 1e-9;
    fmt::print("{:>6} {:>5} {:>8} {:>8} {:>7} {:>9.1f} {:>5.0f} % {:>9.1f} {:>5.0f} %\n", T, H, G, D,
               is_causal ? "yes" : "no", flops / forward, 100 * flops / forward / peak, 2.5 * flops / backward,
               250 * flops / backward / peak);
}

}  // namespace

int main(int argc, char** argv) {
    const auto& backend = attention::find_backend(argc > 1 ? argv[1] : "simd");
    const double peak = attention::measure_limits(1, std::chrono::milliseconds(500)).fma_gflops;
    fmt::print("one thread, {} backend ({}); fp32 FMA peak measured in this run: {:.0f} GFLOP/s\n", backend.name,
               backend.instructions, peak);
    fmt::print("GFLOP/s: forward 4 T² H D (causal: half), backward 2.5 times that\n");
    fmt::print("{:>6} {:>5} {:>8} {:>8} {:>7} {:>17} {:>17}\n", "T", "heads", "kv_heads", "head_dim", "causal",
               "forward", "backward");
    for (const Case& size : {Case{1024, 8, 8, 64}, Case{4096, 8, 8, 64}, Case{4096, 8, 2, 64}, Case{4096, 4, 4, 32},
                             Case{4096, 4, 4, 16}, Case{256, 4, 4, 16}, Case{2048, 4, 4, 128}})
        for (const bool is_causal : {false, true}) measure(backend, size, is_causal, peak);
}
