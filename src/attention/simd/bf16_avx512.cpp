// SPDX-License-Identifier: MIT
// Compiled for AVX-512 with VDPBF16PS whatever the rest of the program is compiled for, and called only where the
// machine has them: nothing in here may come from a header that others include as well, or the linker could choose this
// copy for them.
#include <immintrin.h>

#include "attention/simd/bf16.hpp"
#include "attention/simd/unroll.hpp"

namespace gridring::attention::simd {
namespace {

constexpr std::int64_t lanes = 16, rows = 8;
constexpr float largest_sum = 256.0F;  // see fold-inl.hpp
using Vector = __m512;

Vector load(const float* from) { return _mm512_load_ps(from); }
__m512bh load_pairs(const float* from) { return reinterpret_cast<__m512bh>(_mm512_load_ps(from)); }
/// Two bf16 values, as one float would lie, in all lanes.
__m512bh fill_pair(const float* from) { return reinterpret_cast<__m512bh>(_mm512_set1_ps(*from)); }

/// As exp2 of vector-inl.hpp.
Vector exp2(Vector x) {
    const Vector r = _mm512_reduce_ps(x, 1 | 8);
    Vector y = _mm512_fmadd_ps(_mm512_set1_ps(1.867130070e-3F), r, _mm512_set1_ps(9.017030322e-3F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(5.579991310e-2F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(2.401644502e-1F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(6.931513118e-1F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F));
    return _mm512_scalef_ps(y, x);
}

/// bf16 of x, rounded to nearest even, in the lower half of each lane.
__m512i round(Vector x) { return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x))); }
Vector widen(__m512i low) { return _mm512_castsi512_ps(_mm512_slli_epi32(low, 16)); }
Vector lower(Vector pair) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(pair), 16)); }
Vector upper(Vector pair) {
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(pair), _mm512_set1_epi32(-65536)));
}
Vector join(__m512i low, __m512i high) {
    return _mm512_castsi512_ps(_mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
}

template <int C>
struct Registers {
    Vector at[rows][C];
};

/// tile[r][c] += sum over pairs i of a[r * row_stride + i * step] · b[i * width + c].
template <int C>
inline void multiply_add(const float* a, std::int64_t row_stride, std::int64_t step, const float* b, std::int64_t pairs,
                         Registers<C>& tile) {
    for (std::int64_t i = 0; i < pairs; ++i, a += step, b += C * lanes) {
        __m512bh y[C];
        GRIDRING_FOR (c, C) y[c] = load_pairs(b + c * lanes);
        GRIDRING_FOR (r, rows) {
            const __m512bh x = fill_pair(a + r * row_stride);
            GRIDRING_FOR (c, C) tile.at[r][c] = _mm512_dpbf16_ps(tile.at[r][c], x, y[c]);
        }
    }
}

__mmask16 visible(const LaneLimits& limits, const KeyBlock& keys, std::int64_t key, int c) {
    const __m512i position = _mm512_set1_epi32(keys.position[key]);
    const __mmask16 in_range = _mm512_cmple_epi32_mask(_mm512_load_si512(limits.lowest + c * lanes), position) &
                               _mm512_cmple_epi32_mask(position, _mm512_load_si512(limits.highest + c * lanes));
    if (!keys.segment) return in_range;
    return in_range &
           _mm512_cmpeq_epi32_mask(_mm512_set1_epi32(keys.segment[key]), _mm512_load_si512(limits.segment + c * lanes));
}

template <int C>
inline void score(const ForwardTile& tile, const KeyBlock& keys, std::int64_t key, bool is_relative, Registers<C>& s) {
    GRIDRING_FOR (c, C) {
        const Vector start =
            is_relative ? _mm512_sub_ps(_mm512_setzero_ps(), load(tile.max + c * lanes)) : _mm512_setzero_ps();
        GRIDRING_FOR (r, rows) s.at[r][c] = start;
    }
    multiply_add<C>(keys.k + key * keys.row_stride, keys.row_stride, 1, tile.q, (keys.head_dim + 1) / 2, s);
}

/// Weights of two keys a row of `weights`, rounded to bf16, and the sums of what was rounded.
template <int C, bool is_full>
inline void weigh(const ForwardTile& tile, const KeyBlock& keys, std::int64_t key, float* weights, Vector (&sums)[C]) {
    Registers<C> s;
    score<C>(tile, keys, key, true, s);
    GRIDRING_FOR (c, C) {
        sums[c] = _mm512_setzero_ps();
        GRIDRING_FOR (pair, rows / 2) {
            const int r = 2 * pair;
            Vector first = exp2(s.at[r][c]), second = exp2(s.at[r + 1][c]);
            if constexpr (!is_full) {
                first = _mm512_maskz_mov_ps(visible(tile.limits, keys, key + r, c), first);
                second = _mm512_maskz_mov_ps(visible(tile.limits, keys, key + r + 1, c), second);
            }
            const __m512i low = round(first), high = round(second);
            sums[c] = _mm512_add_ps(sums[c], _mm512_add_ps(widen(low), widen(high)));
            _mm512_store_ps(weights + ((key + r) / 2 * C + c) * lanes, join(low, high));
        }
    }
}

/// As raise() of fold-inl.hpp.
template <int C, bool is_full>
__attribute__((noinline)) void raise(const ForwardTile& tile, const KeyBlock& keys, std::int64_t first,
                                     std::int64_t key, const Vector (&sums)[C], float* weights) {
    Registers<C> s;
    score<C>(tile, keys, key, false, s);
    for (int c = 0; c < C; ++c) {
        float* max = tile.max + c * lanes;
        const Vector old = load(max);
        Vector largest = old;
        for (int r = 0; r < rows; ++r) {
            const __mmask16 seen = is_full ? __mmask16{0xFFFF} : visible(tile.limits, keys, key + r, c);
            largest = _mm512_mask_max_ps(largest, seen, largest, s.at[r][c]);
        }
        largest = _mm512_add_ps(largest, _mm512_sub_ps(largest, largest));  // infinity becomes NaN
        const __mmask16 is_low = _mm512_cmp_ps_mask(sums[c], _mm512_set1_ps(largest_sum), _CMP_LE_OQ);
        largest = _mm512_mask_mov_ps(largest, is_low, old);
        const Vector factor = _mm512_mask_mov_ps(exp2(_mm512_sub_ps(old, largest)), is_low, _mm512_set1_ps(1.0F));
        _mm512_store_ps(max, largest);
        float* sum = tile.sum + c * lanes;
        _mm512_store_ps(sum, _mm512_mul_ps(load(sum), factor));
        for (std::int64_t d = 0; d < keys.head_dim; ++d) {
            float* acc = tile.acc + (d * C + c) * lanes;
            _mm512_store_ps(acc, _mm512_mul_ps(load(acc), factor));
        }
        for (std::int64_t j = first / 2; j < key / 2; ++j) {
            float* pair = weights + (j * C + c) * lanes;
            _mm512_store_ps(pair, join(round(_mm512_mul_ps(lower(load(pair)), factor)),
                                       round(_mm512_mul_ps(upper(load(pair)), factor))));
        }
    }
}

template <int C>
inline bool are_small(const Vector (&sums)[C]) {
    unsigned is_small = 0xFFFF;
    GRIDRING_FOR (c, C) is_small &= _mm512_cmp_ps_mask(sums[c], _mm512_set1_ps(largest_sum), _CMP_LE_OQ);
    return is_small == 0xFFFF;
}

template <int C, bool is_full>
inline void weigh_and_rescale(const ForwardTile& tile, const KeyBlock& keys, std::int64_t first, std::int64_t key,
                              float* weights) {
    Vector sums[C];
    weigh<C, is_full>(tile, keys, key, weights, sums);
    if (__builtin_expect(!are_small<C>(sums), 0)) {
        raise<C, is_full>(tile, keys, first, key, sums, weights);
        weigh<C, is_full>(tile, keys, key, weights, sums);
    }
    GRIDRING_FOR (c, C) _mm512_store_ps(tile.sum + c * lanes, _mm512_add_ps(load(tile.sum + c * lanes), sums[c]));
}

template <int C>
void fold_tile(const ForwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* weights) {
    const std::int64_t first = range.begin / rows * rows, end = (range.end + rows - 1) / rows * rows;
    for (std::int64_t key = first; key < end; key += rows) {
        if (key >= range.full_begin && key + rows <= range.full_end)
            weigh_and_rescale<C, true>(tile, keys, first, key, weights);
        else
            weigh_and_rescale<C, false>(tile, keys, first, key, weights);
    }
    for (std::int64_t d = 0; d < keys.head_dim; d += rows) {
        Registers<C> sums;
        GRIDRING_FOR (r, rows) {
            GRIDRING_FOR (c, C) sums.at[r][c] = _mm512_setzero_ps();
        }
        multiply_add<C>(keys.panels + d / rows * keys.panel_stride + first / 2 * rows, 1, rows,
                        weights + first / 2 * C * lanes, (end - first) / 2, sums);
        GRIDRING_FOR (r, rows) {
            GRIDRING_FOR (c, C) {
                float* acc = tile.acc + ((d + r) * C + c) * lanes;
                _mm512_store_ps(acc, _mm512_add_ps(load(acc), sums.at[r][c]));
            }
        }
    }
}

void fold(const ForwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* weights) {
    if (tile.width == 3 * lanes) return fold_tile<3>(tile, keys, range, weights);
    if (tile.width == 2 * lanes) return fold_tile<2>(tile, keys, range, weights);
    fold_tile<1>(tile, keys, range, weights);
}

void narrow(float* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += lanes)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(values + i / 2),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(values + i))));
}

void pair_rows(float* values, std::int64_t width, std::int64_t pairs) {
    const auto rounded = [](const float* from) {
        return _mm256_cvtepu16_epi32(reinterpret_cast<__m128i>(_mm256_cvtneps_pbh(_mm256_load_ps(from))));
    };
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
        for (std::int64_t i = 0; i < width; i += 8) {
            const float* from = values + 2 * pair * width + i;
            const __m256i both = _mm256_or_si256(rounded(from), _mm256_slli_epi32(rounded(from + width), 16));
            _mm256_store_si256(reinterpret_cast<__m256i*>(values + pair * width + i), both);
        }
    }
}

}  // namespace

const Bf16Kernels* bf16_kernels() {
    static constexpr Bf16Kernels kernels{lanes, rows, fold, narrow, pair_rows};
    return &kernels;
}

}  // namespace gridring::attention::simd
