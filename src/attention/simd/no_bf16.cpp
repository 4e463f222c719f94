// SPDX-License-Identifier: MIT
#include "attention/simd/bf16.hpp"

namespace gridring::attention::simd {

const Bf16Kernels* bf16_kernels() { return nullptr; }

}  // namespace gridring::attention::simd
