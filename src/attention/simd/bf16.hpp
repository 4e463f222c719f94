// SPDX-License-Identifier: MIT
#pragma once

#include "attention/simd/micro_kernels.hpp"

namespace gridring::attention::simd {

/// Products of bf16 pairs, summed in fp32. A pair lies where one float would: q holds rows 2i and 2i + 1 of the
/// transposed tile in row i, k neighbouring values of a row, panels and weights neighbouring keys.
struct Bf16Kernels {
    std::int64_t lanes, rows;  ///< those of the MicroKernels that it goes with
    void (*fold)(const ForwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* weights);
    /// In place: `count` floats, a multiple of the lanes, become as many bf16.
    void (*narrow)(float* values, std::int64_t count);
    /// In place: 2 x `pairs` rows of `width` floats, a multiple of 8, become `pairs` rows of pairs.
    void (*pair_rows)(float* values, std::int64_t width, std::int64_t pairs);
};

/// nullptr where there is no such instruction: bf16_avx512.cpp or no_bf16.cpp, chosen when linking. Says nothing of the
/// machine it runs on.
const Bf16Kernels* bf16_kernels();

}  // namespace gridring::attention::simd
