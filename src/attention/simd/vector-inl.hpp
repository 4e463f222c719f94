// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_ATTENTION_SIMD_VECTOR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_ATTENTION_SIMD_VECTOR_INL
#undef GRIDRING_ATTENTION_SIMD_VECTOR_INL
#else
#define GRIDRING_ATTENTION_SIMD_VECTOR_INL
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using Vector = hn::Vec<Floats>;
using Visible = hn::Mask<Floats>;

inline constexpr std::int64_t lanes = hn::MaxLanes(Floats());
// A register tile: with 32 registers 24 accumulators, 3 vectors and a broadcast; with 16 half as many rows.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
inline constexpr std::int64_t rows = 8, vectors = 3;
#else
inline constexpr std::int64_t rows = 4, vectors = 3;
#endif

HWY_INLINE Vector load(const float* from) { return hn::Load(Floats(), from); }
HWY_INLINE Vector fill(float value) { return hn::Set(Floats(), value); }
HWY_INLINE void store(Vector value, float* to) { hn::Store(value, Floats(), to); }

/// 2^x to 1e-7 of itself: 2^floor(x) times a minimax polynomial of degree 5 on [0, 1) whose value at 0 is exactly 1.
/// 0 for -inf, infinity above the range of fp32, NaN for NaN. Below 2^-126 it gives 0 or, with AVX-512, a subnormal.
HWY_INLINE Vector exp2(Vector x) {
    const auto polynomial = [](Vector r) HWY_ATTR {
        Vector y = hn::MulAdd(fill(1.867130070e-3F), r, fill(9.017030322e-3F));
        y = hn::MulAdd(y, r, fill(5.579991310e-2F));
        y = hn::MulAdd(y, r, fill(2.401644502e-1F));
        y = hn::MulAdd(y, r, fill(6.931513118e-1F));
        return hn::MulAdd(y, r, fill(1.0F));
    };
#if HWY_TARGET <= HWY_AVX3
    constexpr int fraction_above_floor = 1 | 8;  // VREDUCEPS: 0 digits, rounding down, no exception
    const Vector y = polynomial(Vector{_mm512_reduce_ps(x.raw, fraction_above_floor)});
    return Vector{_mm512_scalef_ps(y.raw, x.raw)};
#else
    const Vector low = fill(-127.0F), high = fill(128.0F);
#if HWY_TARGET == HWY_SCALAR
    x = hn::IfThenElse(hn::Lt(x, low), low, hn::IfThenElse(hn::Gt(x, high), high, x));
#else
    x = hn::Min(high, hn::Max(low, x));  // in this order NaN stays NaN on x86; on ARM in any
#endif
    const Vector whole = hn::Floor(x);
    const auto exponent = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(Ints(), whole), hn::Set(Ints(), 127)));
    return hn::Mul(polynomial(hn::Sub(x, whole)), hn::BitCast(Floats(), exponent));
#endif
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
