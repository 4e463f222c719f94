// SPDX-License-Identifier: MIT
#include "attention/bf16/dot_products.hpp"

namespace gridring::attention::bf16 {

bool is_supported() { return false; }

double dot_product_flops(std::int64_t, float& result) { return result = 0; }

}  // namespace gridring::attention::bf16
