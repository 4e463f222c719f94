// SPDX-License-Identifier: MIT
#include "math/product_kernels.hpp"

#include <algorithm>

#include "gridring/math/instructions.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/product_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway wants its own header first.
#include <hwy/highway.h>

#include "math/product-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gridring::math::HWY_NAMESPACE {

const ProductKernels* product_table() {
    static const ProductKernels kernels{lanes, depth, pack, pack_transposed, multiply, multiply_tn, scratch_tn};
    return &kernels;
}

}  // namespace gridring::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gridring::math {
HWY_EXPORT(product_table);

const ProductKernels& product_kernels() {
    static const ProductKernels* kernels = [] {
        heed_instruction_limit();
        return HWY_DYNAMIC_DISPATCH(product_table)();
    }();
    return *kernels;
}

}  // namespace gridring::math
#endif
