// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_ATTENTION_SIMD_FOLD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_ATTENTION_SIMD_FOLD_INL
#undef GRIDRING_ATTENTION_SIMD_FOLD_INL
#else
#define GRIDRING_ATTENTION_SIMD_FOLD_INL
#endif

#include "attention/simd/micro_kernels.hpp"
#include "attention/simd/product-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {

/// Which lanes of vector c see key `key`.
HWY_INLINE Visible visible(const LaneLimits& limits, const KeyBlock& keys, std::int64_t key, int c) {
    const auto position = hn::Set(Ints(), keys.position[key]);
    const auto in_range = hn::Not(hn::Or(hn::Gt(hn::Load(Ints(), limits.lowest + c * lanes), position),
                                         hn::Gt(position, hn::Load(Ints(), limits.highest + c * lanes))));
    if (!keys.segment) return hn::RebindMask(Floats(), in_range);
    const auto same = hn::Eq(hn::Set(Ints(), keys.segment[key]), hn::Load(Ints(), limits.segment + c * lanes));
    return hn::RebindMask(Floats(), hn::And(in_range, same));
}

/// s[r][c] = x_r · y - start for `rows` keys: x is k or v, y the transposed tile of q or dout.
template <int C>
HWY_INLINE void score(const float* x, const KeyBlock& keys, const float* y, const float* start, Registers<rows, C>& s) {
    GRIDRING_FOR (c, C) {
        const Vector minus = hn::Neg(load(start + c * lanes));
        GRIDRING_FOR (r, rows) s.at[r][c] = minus;
    }
    multiply_add(x, keys.row_stride, 1, y, C * lanes, keys.head_dim, s);
}

/// A lane whose weights in one register tile add up to more than this gets a new exponent. Until then they stay
/// relative to the old one: exact, and almost always a test is all that is left of the rescaling.
inline constexpr float largest_sum = 256.0F;

/// Moves the exponent of the lanes with too large a sum up to their largest score among the keys key, …, key + rows - 1
/// and rescales what they have accumulated, the weights of the block from key `first` on included. Other lanes keep
/// their bits: a row depends on its own keys alone.
template <int C, bool is_full>
HWY_NOINLINE void raise(const ForwardTile& tile, const KeyBlock& keys, std::int64_t first, std::int64_t key,
                        const float* sums, float* weights) {
    constexpr std::int64_t width = C * lanes;
    HWY_ALIGN const float zeros[static_cast<std::size_t>(C * lanes)] = {};
    Registers<rows, C> s;
    score<C>(keys.k + key * keys.row_stride, keys, tile.q, zeros, s);
    for (int c = 0; c < C; ++c) {
        const auto scale = [c](float* row, Vector factor)
                               HWY_ATTR { store(hn::Mul(load(row + c * lanes), factor), row + c * lanes); };
        const Vector old = load(tile.max + c * lanes);
        Vector largest = old;
        for (int r = 0; r < rows; ++r) {
            const auto seen = is_full ? hn::Eq(old, old) : visible(tile.limits, keys, key + r, c);
            largest = hn::Max(largest, hn::IfThenElse(seen, s.at[r][c], old));
        }
        largest = hn::Add(largest, hn::Sub(largest, largest));  // infinity becomes NaN, and so the row's result
        const auto is_low = hn::Le(load(sums + c * lanes), fill(largest_sum));
        const Vector max = hn::IfThenElse(is_low, old, largest);
        const Vector factor = hn::IfThenElse(is_low, fill(1.0F), exp2(hn::Sub(old, max)));
        store(max, tile.max + c * lanes);
        scale(tile.sum, factor);
        for (std::int64_t d = 0; d < keys.head_dim; ++d) scale(tile.acc + d * width, factor);
        for (std::int64_t j = first; j < key; ++j) scale(weights + j * width, factor);
    }
}

/// Weights of `rows` keys into `weights`, and their sums a lane.
template <int C, bool is_full>
HWY_INLINE void weigh(const ForwardTile& tile, const KeyBlock& keys, std::int64_t key, float* weights,
                      Vector (&sums)[C]) {
    constexpr std::int64_t width = C * lanes;
    Registers<rows, C> s;
    score<C>(keys.k + key * keys.row_stride, keys, tile.q, tile.max, s);
    GRIDRING_FOR (c, C) {
        GRIDRING_FOR (r, rows) {
            Vector weight = exp2(s.at[r][c]);
            if constexpr (!is_full) weight = hn::IfThenElseZero(visible(tile.limits, keys, key + r, c), weight);
            sums[c] = r == 0 ? weight : hn::Add(sums[c], weight);
            store(weight, weights + (key + r) * width + c * lanes);
        }
    }
}

template <int C>
HWY_INLINE bool are_small(const Vector (&sums)[C]) {
    auto is_small = hn::Le(sums[0], fill(largest_sum));
    GRIDRING_FOR (c, C) is_small = hn::And(is_small, hn::Le(sums[c], fill(largest_sum)));
    return hn::AllTrue(Floats(), is_small);
}

template <int C, bool is_full>
HWY_INLINE void weigh_and_rescale(const ForwardTile& tile, const KeyBlock& keys, std::int64_t first, std::int64_t key,
                                  float* weights) {
    Vector sums[C];
    weigh<C, is_full>(tile, keys, key, weights, sums);
    if (HWY_UNLIKELY(!are_small<C>(sums))) {
        HWY_ALIGN float stored[static_cast<std::size_t>(C * lanes)];
        for (int c = 0; c < C; ++c) store(sums[c], stored + c * lanes);
        raise<C, is_full>(tile, keys, first, key, stored, weights);
        weigh<C, is_full>(tile, keys, key, weights, sums);
    }
    GRIDRING_FOR (c, C) store(hn::Add(load(tile.sum + c * lanes), sums[c]), tile.sum + c * lanes);
}

/// acc (D x width) += panels (keys x D, transposed by reading) · weights (keys x width), keys first … end - 1.
template <int C>
HWY_INLINE void add_panels(const KeyBlock& keys, std::int64_t first, std::int64_t end, const float* weights,
                           float* acc) {
    constexpr std::int64_t width = C * lanes;
    for (std::int64_t d = 0; d < keys.head_dim; d += rows) {  // acc has room for whole panels
        Registers<rows, C> tile;
        tile.set_zero();
        multiply_add(keys.panels + d / rows * keys.panel_stride + first * rows, 1, rows, weights + first * width, width,
                     end - first, tile);
        tile.add_to(acc + d * width, width);
    }
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
    add_panels<C>(keys, first, end, weights, tile.acc);
}

void fold(const ForwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* weights) {
    if (tile.width == 3 * lanes) return fold_tile<3>(tile, keys, range, weights);
    if (tile.width == 2 * lanes) return fold_tile<2>(tile, keys, range, weights);
    fold_tile<1>(tile, keys, range, weights);
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
