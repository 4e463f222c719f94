// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/ring/ring_attention.hpp"

namespace gridring::ring {

/// How a block of M rows lies in memory, at home (fp32) or on the wire: K and V (batch x M x kv_heads x head_dim), the
/// segment ids of packed sequences, the validity bits. The gradient of a block is K and V in fp32 alone.
struct BlockLayout {
    attention::Shape shape;
    std::int64_t rows = 0;
    bool is_packed = false;
    Wire wire = Wire::fp32;

    std::size_t values() const {
        return static_cast<std::size_t>(shape.batch * rows * shape.kv_heads * shape.head_dim);
    }
    std::size_t tensor_bytes() const { return values() * (wire == Wire::bf16 ? sizeof(std::uint16_t) : sizeof(float)); }
    std::size_t segment_count() const { return is_packed ? static_cast<std::size_t>(shape.batch * rows) : 0; }
    std::size_t validity_bytes() const {
        return static_cast<std::size_t>(shape.batch * attention::validity_stride(rows));
    }
    std::size_t segment_offset() const { return 2 * tensor_bytes(); }  // a multiple of 4, bf16 or not
    std::size_t validity_offset() const { return segment_offset() + segment_count() * sizeof(std::int32_t); }
    std::size_t bytes() const { return validity_offset() + validity_bytes(); }
    std::size_t gradient_bytes() const { return 2 * values() * sizeof(float); }

    // Of fp32 blocks, and of gradients.
    attention::Heads k(std::span<std::byte> memory) const { return tensor(memory.data()); }
    attention::Heads v(std::span<std::byte> memory) const { return tensor(memory.data() + tensor_bytes()); }
    attention::ConstHeads k(std::span<const std::byte> memory) const { return tensor(memory.data()); }
    attention::ConstHeads v(std::span<const std::byte> memory) const { return tensor(memory.data() + tensor_bytes()); }
    attention::KeyValueView view(std::span<const std::byte> memory, attention::Positions positions) const {
        return {k(memory), v(memory), positions, validity(memory), segments(memory)};
    }

    // Of any block.
    attention::Segments segments(std::span<const std::byte> memory) const {
        return {reinterpret_cast<const std::int32_t*>(memory.data() + segment_offset()), segment_count()};
    }
    attention::KeyValidity validity(std::span<const std::byte> memory) const {
        return {reinterpret_cast<const std::uint8_t*>(memory.data() + validity_offset()), validity_bytes()};
    }
    std::span<std::int32_t> segments(std::span<std::byte> memory) const {
        return {reinterpret_cast<std::int32_t*>(memory.data() + segment_offset()), segment_count()};
    }
    std::span<std::uint8_t> validity(std::span<std::byte> memory) const {
        return {reinterpret_cast<std::uint8_t*>(memory.data() + validity_offset()), validity_bytes()};
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
