// SPDX-License-Identifier: MIT
#include "attention/simd/micro_kernels.hpp"

#include "gridring/math/instructions.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/simd/micro_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway wants its own header first.
#include <hwy/highway.h>

#include "attention/simd/differentiate-inl.hpp"
#include "attention/simd/fold-inl.hpp"
#include "attention/simd/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::attention::simd::HWY_NAMESPACE {

const char* instructions() {
    if (HWY_TARGET <= HWY_AVX3) return "AVX-512";
    if (HWY_TARGET == HWY_AVX2) return "AVX2";
    return hwy::TargetName(HWY_TARGET);
}

const MicroKernels* table() {
    static const MicroKernels kernels{instructions(), lanes,        rows,          vectors,   fold,
                                      differentiate,  transpose_in, transpose_out, copy_rows, add_rows};
    return &kernels;
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gridring::attention::simd {
HWY_EXPORT(table);

const MicroKernels& micro_kernels() {
    static const MicroKernels* kernels = [] {
        math::heed_instruction_limit();
        return HWY_DYNAMIC_DISPATCH(table)();
    }();
    return *kernels;
}

}  // namespace gridring::attention::simd
#endif
