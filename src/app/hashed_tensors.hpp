// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/attention/heads.hpp"
#include "gridring/core/large_pages.hpp"
#include "gridring/ring/ring_attention.hpp"

namespace gridring::app {

/// Which tensor of a benchmark's inputs.
enum class Input : std::uint64_t { q = 1, k, v, out_gradient };

/// One row (heads x head_dim) of an input, from a hash of tensor, position, head and d alone: any rank makes any row,
/// and nobody ever holds the whole. Bell-shaped (the sum of four uniform numbers), mean 0, variance 1, exact in fp32.
void hash_row(Input input, std::int64_t position, std::span<float> row);

/// One rank's tensors of a benchmark, batch 1: inputs from hash_row, and room for the results.
class HashedTensors {
public:
    HashedTensors(const attention::Shape& shape, attention::Positions positions, bool has_gradient)
        : HashedTensors(shape, positions, has_gradient, ring::KeyValueBlock(shape, std::ssize(positions))) {}
    /// Keys and values in `block`, as a ring made it. Collective where RingAttention::make_block() is.
    HashedTensors(const ring::RingAttention& ring, bool has_gradient)
        : HashedTensors(ring.shape(), ring.positions(), has_gradient, ring.make_block()) {}

    attention::Heads q() { return like_q(q_); }
    attention::Heads out() { return like_q(out_); }
    attention::Heads out_gradient() { return like_q(out_gradient_); }
    attention::Heads dq() { return like_q(dq_); }
    attention::Heads dk() { return like_k(dk_); }
    attention::Heads dv() { return like_k(dv_); }
    std::span<float> lse() { return lse_; }
    ring::KeyValueBlock& block() { return block_; }

    const attention::Shape& shape() const { return shape_; }
    attention::Positions positions() const { return positions_; }
    std::int64_t rows() const { return std::ssize(positions_); }
    bool has_gradient() const { return has_gradient_; }

    void forward(ring::RingAttention& ring) { ring.forward(q(), block_, out(), lse_); }
    void backward(ring::RingAttention& ring) {
        ring.backward(q(), block_, out(), lse_, out_gradient(), dq(), dk(), dv());
    }

private:
    HashedTensors(const attention::Shape& shape, attention::Positions positions, bool has_gradient,
                  ring::KeyValueBlock block);
    attention::Heads like_q(TensorMemory& values) { return {values.data(), 1, rows(), shape_.heads, shape_.head_dim}; }
    attention::Heads like_k(TensorMemory& values) {
        return {values.data(), 1, rows(), shape_.kv_heads, shape_.head_dim};
    }

    attention::Shape shape_;
    attention::Positions positions_;
    bool has_gradient_;
    ring::KeyValueBlock block_;
    TensorMemory q_, out_, lse_, out_gradient_, dq_, dk_, dv_;
};

}  // namespace gridring::app
