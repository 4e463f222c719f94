// SPDX-License-Identifier: MIT
#include "gridring/attention/machine_limits.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <functional>
#include <new>
#include <utility>
#include <vector>

#include "attention/bf16/dot_products.hpp"
#include "attention/simd/micro_kernels.hpp"
#include "gridring/math/thread_team.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/machine_limits.cpp"
#include <hwy/foreach_target.h>
// highway.h comes after foreach_target.h, which includes this file once more for every instruction set.
#include <hwy/aligned_allocator.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

/// Chains that hide the latency of an FMA on any core so far, and still leave two registers for the factors: 4 cycles
/// on two (x86) or four (Apple) units.
constexpr std::size_t chains = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64 ? 24 : 12;

/// Every sum runs towards 1 and meets no subnormal on the way. A pack, as vectors of unknown size fit no array.
template <class Vector, class... Vectors>
HWY_INLINE float run_chains(std::int64_t rounds, Vector factor, Vector term, Vectors... sums) {
    for (std::int64_t round = 0; round < rounds; ++round) ((sums = hn::MulAdd(sums, factor, term)), ...);
    Vector total = hn::Zero(Floats());
    ((total = hn::Add(total, sums)), ...);
    return hn::GetLane(total);
}

template <std::size_t... chain>
HWY_INLINE float fma(std::int64_t rounds, float small, std::index_sequence<chain...>) {
    const Floats d;
    return run_chains(rounds, hn::Set(d, 1 - small), hn::Set(d, small), hn::Set(d, static_cast<float>(chain))...);
}

/// Flops done; `result` is there to be used, so that the work is not optimised away.
double fma_flops(std::int64_t rounds, float small, float& result) {
    result = fma(rounds, small, std::make_index_sequence<chains>());
    return 2.0 * static_cast<double>(rounds) * static_cast<double>(chains * hn::Lanes(Floats()));
}

template <class... Vectors, std::size_t... part>
HWY_INLINE float add_up(const float* values, std::size_t size, std::index_sequence<part...>, Vectors... sums) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    for (std::size_t i = 0; i < size; i += sizeof...(part) * lanes)
        ((sums = hn::Add(sums, hn::Load(d, values + i + part * lanes))), ...);
    auto total = hn::Zero(d);
    ((total = hn::Add(total, sums)), ...);
    return hn::GetLane(total);
}

/// Something that depends on all values; size is a multiple of eight vectors.
float read_values(const float* values, std::size_t size) {
    const auto zero = hn::Zero(Floats());
    return add_up(values, size, std::make_index_sequence<8>(), zero, zero, zero, zero, zero, zero, zero, zero);
}

}  // namespace gridring::attention::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gridring::attention {

HWY_EXPORT(fma_flops);
HWY_EXPORT(read_values);

namespace {

using Clock = std::chrono::steady_clock;
using math::ThreadTeam;
using std::chrono::milliseconds;

constexpr milliseconds repetition{20};
constexpr std::int64_t rounds = 1 << 13;         ///< of all chains, between two looks at the clock: about 0.05 ms
constexpr std::size_t slice_floats = 256 << 10;  ///< 1 MiB, likewise

/// Where results go. Relaxed: nobody reads them, but the compiler cannot know.
std::atomic<float> kept{1e-6F};
void keep(float result) { kept.store(result, std::memory_order_relaxed); }

/// One call of a unit of work by a thread, the step-th of this thread; returns what it did in flops or bytes.
using Work = std::function<double(int thread, std::int64_t step)>;

/// What one thread did and when.
struct Stint {
    Clock::time_point start, end;
    double done = 0;
};

Stint work_until(Clock::duration length, int thread, const Work& work) {
    Stint stint{Clock::now(), {}, 0};
    for (std::int64_t step = 0; (stint.end = Clock::now()) - stint.start < length; ++step)
        stint.done += work(thread, step);
    return stint;
}

/// Flops or bytes a second of all threads, from the first start to the last end.
double rate_once(ThreadTeam& team, Clock::duration length, const Work& work) {
    std::vector<Stint> stints(static_cast<std::size_t>(team.size()));
    std::barrier all_here(team.size());  // so that every thread takes one of the indices
    team.run(team.size(), [&](std::int64_t index, int) {
        const auto thread = static_cast<int>(index);
        work(thread, 0);  // wakes wide units and raises the clock
        all_here.arrive_and_wait();
        stints[static_cast<std::size_t>(index)] = work_until(length, thread, work);
    });
    Stint all = stints.front();
    all.done = 0;
    for (const auto& stint : stints) {
        all.start = std::min(all.start, stint.start), all.end = std::max(all.end, stint.end);
        all.done += stint.done;
    }
    return all.done / std::chrono::duration<double>(all.end - all.start).count();
}

double best_rate(ThreadTeam& team, milliseconds each, const Work& work) {
    const auto end = Clock::now() + each;
    double best = 0;
    for (int i = 0; i < 3 || Clock::now() < end; ++i) best = std::max(best, rate_once(team, repetition, work));
    return best;
}

/// The team, and Highway told once what GRIDRING_SIMD rules out, whoever asks it first.
ThreadTeam ready_team(int threads) {
    simd::micro_kernels();
    return ThreadTeam(threads);
}

double fma_work(int, std::int64_t) {
    float result = 0;
    const double flops = HWY_DYNAMIC_DISPATCH(fma_flops)(rounds, 1e-6F, result);
    keep(result);
    return flops;
}

double bf16_work(int, std::int64_t) {
    float result = 0;
    const double flops = bf16::dot_product_flops(rounds, result);
    keep(result);
    return flops;
}

double best_read_rate(ThreadTeam& team, milliseconds each) {
    const auto threads = static_cast<std::size_t>(team.size());
    const std::size_t slices = std::max<std::size_t>(256 / threads, 32);  // a thread
    const auto buffer = hwy::AllocateAligned<float>(threads * slices * slice_floats);
    if (!buffer) throw std::bad_alloc();
    const auto share = [&](int thread) {
        return buffer.get() + static_cast<std::size_t>(thread) * slices * slice_floats;
    };

    // Pages nobody wrote all show one page of zeros. Written by the thread that reads them, for NUMA.
    std::barrier all_here(team.size());
    team.run(team.size(), [&](std::int64_t index, int) {
        all_here.arrive_and_wait();
        std::fill_n(share(static_cast<int>(index)), slices * slice_floats, 1.0F);
    });
    return best_rate(team, each, [&](int thread, std::int64_t step) {
        const float* slice = share(thread) + static_cast<std::size_t>(step) % slices * slice_floats;
        keep(HWY_DYNAMIC_DISPATCH(read_values)(slice, slice_floats));
        return static_cast<double>(slice_floats * sizeof(float));
    });
}

}  // namespace

double fma_gflops_once(int threads) {
    ThreadTeam team = ready_team(threads);
    return 1e-9 * rate_once(team, repetition, fma_work);
}

MachineLimits measure_limits(int threads, milliseconds each) {
    ThreadTeam team = ready_team(threads);
    MachineLimits limits;
    limits.fma_gflops = 1e-9 * best_rate(team, each, fma_work);
    if (has_bf16_dot_products()) limits.bf16_gflops = 1e-9 * best_rate(team, each, bf16_work);
    limits.memory_gb_per_s = 1e-9 * best_read_rate(team, each);
    return limits;
}

bool has_bf16_dot_products() { return bf16::is_supported(); }

}  // namespace gridring::attention
#endif
