// SPDX-License-Identifier: MIT
#include "attention/simd/micro_kernels.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include "gridring/core/error.hpp"

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
    static const MicroKernels kernels{instructions(), lanes,         rows,         vectors,
                                      fold,           differentiate, transpose_in, transpose_out};
    return &kernels;
}

}  // namespace gridring::attention::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gridring::attention::simd {
HWY_EXPORT(table);

namespace {

/// Targets of Highway are bits, better ones lower. What the program was compiled for stays.
void heed_environment() {
    const char* text = std::getenv("GRIDRING_SIMD");
    const std::string_view wish = text ? text : "";
    if (wish == "avx2") return hwy::DisableTargets(HWY_AVX2 - 1);
    if (wish == "baseline") return hwy::DisableTargets(~std::int64_t{0});
    if (!wish.empty())
        throw ConfigError("GRIDRING_SIMD: expected avx2, baseline or nothing, found '" + std::string(wish) + "'");
}

}  // namespace

const MicroKernels& micro_kernels() {
    static const MicroKernels* kernels = [] {
        heed_environment();
        return HWY_DYNAMIC_DISPATCH(table)();
    }();
    return *kernels;
}

}  // namespace gridring::attention::simd
#endif
