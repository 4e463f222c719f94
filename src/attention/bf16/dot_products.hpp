// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// bf16 dot products summed in fp32, where the processor has an instruction for them: avx512.cpp, or none.cpp elsewhere
/// than on x86-64. Chosen when linking.
namespace gridring::attention::bf16 {

/// Whether processor and operating system offer the instruction.
bool is_supported();

/// Does `rounds` rounds of independent dot products on registers and returns their flops (2 a product). `result`
/// depends on all of them. Pre: is_supported().
double dot_product_flops(std::int64_t rounds, float& result);

}  // namespace gridring::attention::bf16
