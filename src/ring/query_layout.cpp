// SPDX-License-Identifier: MIT
#include "ring/query_layout.hpp"

#include "ring/tensors.hpp"

namespace gridring::ring {

void QueryLayout::pack(const QueryBlock& own, std::span<std::byte> memory) const {
    auto* to = copy_dense(own.q, reinterpret_cast<float*>(memory.data()));
    to = copy_dense(own.out_gradient, to);
    to = std::ranges::copy(own.lse, to).out;
    to = std::ranges::copy(own.delta, to).out;
    std::ranges::copy(own.segments, reinterpret_cast<std::int32_t*>(to));
}

}  // namespace gridring::ring
