// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_ATTENTION_SIMD_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_ATTENTION_SIMD_TRANSPOSE_INL
#undef GRIDRING_ATTENTION_SIMD_TRANSPOSE_INL
#else
#define GRIDRING_ATTENTION_SIMD_TRANSPOSE_INL
#endif

#include <algorithm>

#include "attention/simd/vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {

/// to[j * to_stride + i] = factor * from[i * from_stride + j], 4 x 4.
HWY_INLINE void transpose_four(const float* from, std::int64_t from_stride, float factor, float* to,
                               std::int64_t to_stride) {
#if HWY_TARGET == HWY_SCALAR
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) to[j * to_stride + i] = factor * from[i * from_stride + j];
#else
    const hn::FixedTag<float, 4> four;
    const auto scale = hn::Set(four, factor);
    const auto row = [&](int i) HWY_ATTR { return hn::Mul(hn::LoadU(four, from + i * from_stride), scale); };
    const auto a = row(0), b = row(1), c = row(2), d = row(3);
    const auto ac = hn::InterleaveLower(four, a, c), bd = hn::InterleaveLower(four, b, d);
    const auto ac_high = hn::InterleaveUpper(four, a, c), bd_high = hn::InterleaveUpper(four, b, d);
    hn::StoreU(hn::InterleaveLower(four, ac, bd), four, to);
    hn::StoreU(hn::InterleaveUpper(four, ac, bd), four, to + to_stride);
    hn::StoreU(hn::InterleaveLower(four, ac_high, bd_high), four, to + 2 * to_stride);
    hn::StoreU(hn::InterleaveUpper(four, ac_high, bd_high), four, to + 3 * to_stride);
#endif
}

/// Asks for the next four rows of a tensor and, once in 16 columns, for the next line of every row of its transpose:
/// rows of a tensor of several heads lie kilobytes apart, which the hardware does not foresee. Harmless past the end.
HWY_INLINE void ask_for_next(const float* row, std::int64_t stride, const float* column, std::int64_t width,
                             std::int64_t i, std::int64_t D) {
    for (std::int64_t j = 4; j < 8; ++j)
        for (std::int64_t d = 0; d < D; d += 16) __builtin_prefetch(row + j * stride + d);
    if (i % 16 != 0) return;
    for (std::int64_t d = 0; d < D; ++d) __builtin_prefetch(column + d * width + 16);
}

// Rows lie in few sets of the cache: both directions go along them.

void transpose_in(const float* from, std::int64_t stride, std::int64_t count, std::int64_t D, float factor, float* to,
                  std::int64_t width) {
    for (std::int64_t i = 0; i < count; i += 4) {
        const bool are_four = i + 4 <= count;
        std::int64_t d = 0;
        ask_for_next(from + i * stride, stride, to + i, width, i, D);
        for (; are_four && d + 4 <= D; d += 4)
            transpose_four(from + i * stride + d, stride, factor, to + d * width + i, width);
        for (; d < D; ++d)
            for (std::int64_t j = i; j < HWY_MIN(i + 4, count); ++j) to[d * width + j] = factor * from[j * stride + d];
    }
    for (std::int64_t d = 0; count < width && d < D; ++d)
        for (std::int64_t i = count; i < width; ++i) to[d * width + i] = 0;
}

void transpose_out(const float* from, std::int64_t width, std::int64_t count, std::int64_t D, float factor, float* to,
                   std::int64_t stride) {
    for (std::int64_t i = 0; i < count; i += 4) {
        const bool are_four = i + 4 <= count;
        std::int64_t d = 0;
        ask_for_next(to + i * stride, stride, from + i, width, i, D);
        for (; are_four && d + 4 <= D; d += 4)
            transpose_four(from + d * width + i, width, factor, to + i * stride + d, stride);
        for (; d < D; ++d)
            for (std::int64_t j = i; j < HWY_MIN(i + 4, count); ++j) to[j * stride + d] = factor * from[d * width + j];
    }
}

void copy_rows(const float* from, std::int64_t from_stride, std::int64_t count, std::int64_t D, float* to,
               std::int64_t to_stride, std::int64_t height) {
    const std::int64_t whole = D / lanes * lanes;
    for (std::int64_t i = 0; i < count; ++i, from += from_stride, to += to_stride) {
        std::int64_t d = 0;
        for (; d < whole; d += lanes) store(hn::LoadU(Floats(), from + d), to + d);
        for (; d < D; ++d) to[d] = from[d];
        for (; d < to_stride; ++d) to[d] = 0;
    }
    std::fill(to, to + (height - count) * to_stride, 0.0F);
}

void add_rows(const float* from, std::int64_t from_stride, std::int64_t count, std::int64_t D, float factor, float* to,
              std::int64_t to_stride) {
    const std::int64_t whole = D / lanes * lanes;
    const Vector scale = fill(factor);
    for (std::int64_t i = 0; i < count; ++i, from += from_stride, to += to_stride) {
        std::int64_t d = 0;
        for (; d < whole; d += lanes)
            hn::StoreU(hn::MulAdd(load(from + d), scale, hn::LoadU(Floats(), to + d)), Floats(), to + d);
        for (; d < D; ++d) to[d] += factor * from[d];
    }
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
