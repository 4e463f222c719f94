// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_ATTENTION_SIMD_DIFFERENTIATE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_ATTENTION_SIMD_DIFFERENTIATE_INL
#undef GRIDRING_ATTENTION_SIMD_DIFFERENTIATE_INL
#else
#define GRIDRING_ATTENTION_SIMD_DIFFERENTIATE_INL
#endif

#include "attention/simd/fold-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {

/// p = 2^(k·q - lse) and ds = p (v·dout - delta) of `rows` keys.
template <int C, bool is_full>
HWY_INLINE void differentiate_scores(const BackwardTile& tile, const KeyBlock& keys, std::int64_t key, float* p,
                                     float* ds) {
    constexpr std::int64_t width = C * lanes;
    Registers<rows, C> s;
    score<C>(keys.k + key * keys.row_stride, keys, tile.q, tile.lse, s);
    GRIDRING_FOR (c, C) {
        GRIDRING_FOR (r, rows) {
            Vector weight = exp2(s.at[r][c]);
            if constexpr (!is_full) weight = hn::IfThenElseZero(visible(tile.limits, keys, key + r, c), weight);
            store(weight, p + (key + r) * width + c * lanes);
        }
    }
    score<C>(keys.v + key * keys.row_stride, keys, tile.dout, tile.delta, s);
    GRIDRING_FOR (r, rows) {
        GRIDRING_FOR (c, C) {
            const std::int64_t at = (key + r) * width + c * lanes;
            store(hn::Mul(s.at[r][c], load(p + at)), ds + at);
        }
    }
}

/// out (keys x D) += weights (keys x width) · x (width x D) for R keys and C vectors of D.
template <int R, int C>
HWY_INLINE void add_tile(const float* weights, const float* x, std::int64_t width, std::int64_t stride,
                         std::int64_t key, float* out) {
    Registers<R, C> tile;
    tile.set_zero();
    multiply_add(weights + key * width, width, 1, x, stride, width, tile);
    tile.add_to(out + key * stride, stride);
}

/// The same for the keys first … end - 1. A single vector of D takes twice as many keys at a time: otherwise loads, one
/// a product, are what takes the time.
template <int C>
HWY_INLINE void add_keys(const float* weights, const float* x, std::int64_t width, std::int64_t stride,
                         std::int64_t first, std::int64_t end, float* out) {
    if constexpr (C == 1)
        for (; first + 2 * rows <= end; first += 2 * rows) add_tile<2 * rows, C>(weights, x, width, stride, first, out);
    for (; first < end; first += rows) add_tile<rows, C>(weights, x, width, stride, first, out);
}

/// The same for all of D: passes of 3, 2 or 1 vectors, as equal as can be.
HWY_INLINE void add_all_rows(const float* weights, const float* x, std::int64_t width, std::int64_t stride,
                             std::int64_t first, std::int64_t end, float* out) {
    const std::int64_t count = stride / lanes, passes = (count + vectors - 1) / vectors;
    for (std::int64_t pass = 0, done = 0; pass < passes; ++pass) {
        const std::int64_t share = (count - done + passes - pass - 1) / (passes - pass);
        const float* from = x + done * lanes;
        float* to = out + done * lanes;
        if (share == 3) add_keys<3>(weights, from, width, stride, first, end, to);
        if (share == 2) add_keys<2>(weights, from, width, stride, first, end, to);
        if (share == 1) add_keys<1>(weights, from, width, stride, first, end, to);
        done += share;
    }
}

template <int C>
void differentiate_tile(const BackwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* p, float* ds) {
    const std::int64_t first = range.begin / rows * rows, end = (range.end + rows - 1) / rows * rows;
    for (std::int64_t key = first; key < end; key += rows) {
        if (key >= range.full_begin && key + rows <= range.full_end)
            differentiate_scores<C, true>(tile, keys, key, p, ds);
        else
            differentiate_scores<C, false>(tile, keys, key, p, ds);
    }
    add_all_rows(p, tile.dout_rows, tile.width, tile.row_stride, first, end, tile.dv);
    add_all_rows(ds, tile.q_rows, tile.width, tile.row_stride, first, end, tile.dk);
    add_panels<C>(keys, first, end, ds, tile.dq);
}

void differentiate(const BackwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* p, float* ds) {
    if (tile.width == 3 * lanes) return differentiate_tile<3>(tile, keys, range, p, ds);
    if (tile.width == 2 * lanes) return differentiate_tile<2>(tile, keys, range, p, ds);
    differentiate_tile<1>(tile, keys, range, p, ds);
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
