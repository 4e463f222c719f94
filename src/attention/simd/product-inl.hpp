// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_ATTENTION_SIMD_PRODUCT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_ATTENTION_SIMD_PRODUCT_INL
#undef GRIDRING_ATTENTION_SIMD_PRODUCT_INL
#else
#define GRIDRING_ATTENTION_SIMD_PRODUCT_INL
#endif

#include "attention/simd/unroll.hpp"
#include "attention/simd/vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {

/// R x C vectors in registers.
template <int R, int C>
struct Registers {
    Vector at[R][C];

    HWY_INLINE void set_zero() {
        GRIDRING_FOR (r, R) {
            GRIDRING_FOR (c, C) at[r][c] = hn::Zero(Floats());
        }
    }
    /// Adds the tile to what is there: long sums are sums of short ones, which loses fewer digits.
    HWY_INLINE void add_to(float* to, std::int64_t stride) const {
        GRIDRING_FOR (r, R) {
            GRIDRING_FOR (c, C) {
                float* sum = to + r * stride + c * lanes;
                hn::Store(hn::Add(hn::Load(Floats(), sum), at[r][c]), Floats(), sum);
            }
        }
    }
};

/// tile[r][c] += sum over i of a[r * row_stride + i * step] b[i * width + c], i < depth: a is broadcast, b is vectors.
/// The one product of this backend.
template <int R, int C>
HWY_INLINE void multiply_add(const float* a, std::int64_t row_stride, std::int64_t step, const float* b,
                             std::int64_t width, std::int64_t depth, Registers<R, C>& tile) {
    for (std::int64_t i = 0; i < depth; ++i, a += step, b += width) {
        Vector y[C];
        GRIDRING_FOR (c, C) y[c] = load(b + c * lanes);
        GRIDRING_FOR (r, R) {
            const Vector x = fill(a[r * row_stride]);
            GRIDRING_FOR (c, C) tile.at[r][c] = hn::MulAdd(x, y[c], tile.at[r][c]);
        }
    }
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
