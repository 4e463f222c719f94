// SPDX-License-Identifier: MIT
#include <immintrin.h>

#include <utility>

#include "attention/bf16/dot_products.hpp"

namespace gridring::attention::bf16 {
namespace {

// VDPBF16PS takes 6 cycles, one or two start in each: 12 chains hide them.
constexpr std::size_t chains = 16;
constexpr int flops_of_one = 16 * 2 * 2;  // lanes, products a lane, flops a product

/// Sums of products of zeros: values change neither time nor flops.
template <class... Vectors>
[[gnu::target("avx512bf16,avx512f")]] float run_chains(std::int64_t rounds, Vectors... sums) {
    const __m512bh left = (__m512bh)_mm512_setzero_si512(), right = left;  // NOLINT: vector types have no other cast
    for (std::int64_t round = 0; round < rounds; ++round) ((sums = _mm512_dpbf16_ps(sums, left, right)), ...);
    __m512 total = _mm512_setzero_ps();
    ((total = _mm512_add_ps(total, sums)), ...);
    return _mm512_cvtss_f32(total);
}

template <std::size_t... chain>
[[gnu::target("avx512bf16,avx512f")]] float run(std::int64_t rounds, std::index_sequence<chain...>) {
    return run_chains(rounds, _mm512_set1_ps(static_cast<float>(chain))...);
}

}  // namespace

bool is_supported() { return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512f"); }

double dot_product_flops(std::int64_t rounds, float& result) {
    result = run(rounds, std::make_index_sequence<chains>());
    return static_cast<double>(rounds) * static_cast<double>(chains * flops_of_one);
}

}  // namespace gridring::attention::bf16
