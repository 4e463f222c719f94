// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "gridring/attention/block_kernel.hpp"

namespace gridring::ring {

/// How a block of M rows lies in the memory that travels: K, V (fp32, batch x M x kv_heads x head_dim), then the
/// validity bits. The gradient of a block is K and V alone, without the bits.
struct BlockLayout {
    attention::Shape shape;
    std::int64_t rows;

    std::size_t tensor_bytes() const {
        return static_cast<std::size_t>(shape.batch * rows * shape.kv_heads * shape.head_dim) * sizeof(float);
    }
    std::size_t validity_bytes() const {
        return static_cast<std::size_t>(shape.batch * attention::validity_stride(rows));
    }
    std::size_t gradient_bytes() const { return 2 * tensor_bytes(); }
    std::size_t bytes() const { return gradient_bytes() + validity_bytes(); }

    attention::Heads k(std::span<std::byte> memory) const { return tensor(memory.data()); }
    attention::Heads v(std::span<std::byte> memory) const { return tensor(memory.data() + tensor_bytes()); }
    attention::KeyValueView view(std::span<const std::byte> memory, attention::Positions positions) const {
        const auto* validity = reinterpret_cast<const std::uint8_t*>(memory.data() + gradient_bytes());
        return {
            tensor(memory.data()), tensor(memory.data() + tensor_bytes()), positions, {validity, validity_bytes()}, {}};
    }

private:
    attention::Heads tensor(std::byte* memory) const {
        return {reinterpret_cast<float*>(memory), shape.batch, rows, shape.kv_heads, shape.head_dim};
    }
    attention::ConstHeads tensor(const std::byte* memory) const {
        return {reinterpret_cast<const float*>(memory), shape.batch, rows, shape.kv_heads, shape.head_dim};
    }
};

}  // namespace gridring::ring
