// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gridring/attention/block_kernel.hpp"

namespace gridring::ring {

/// What a backward step needs of one rank's queries.
struct QueryBlock {
    attention::ConstHeads q, out_gradient;  ///< batch x L x heads x head_dim
    std::span<const float> lse, delta;      ///< batch x heads x L
    attention::Segments segments;
};

/// How the queries of L rows lie in the memory that travels: Q and dO, log-sum-exp and delta, the segment ids of packed
/// sequences. Their gradient is a tensor like Q.
struct QueryLayout {
    attention::Shape shape;
    std::int64_t rows = 0;
    bool is_packed = false;

    std::size_t values() const { return static_cast<std::size_t>(shape.batch * rows * shape.heads * shape.head_dim); }
    std::size_t row_count() const { return static_cast<std::size_t>(shape.batch * rows * shape.heads); }
    std::size_t segment_count() const { return is_packed ? static_cast<std::size_t>(shape.batch * rows) : 0; }
    std::size_t bytes() const {
        return (2 * values() + 2 * row_count()) * sizeof(float) + segment_count() * sizeof(std::int32_t);
    }
    std::size_t gradient_bytes() const { return values() * sizeof(float); }

    attention::Heads gradient(std::span<std::byte> memory) const {
        return tensor(reinterpret_cast<float*>(memory.data()));
    }
    QueryBlock view(std::span<const std::byte> memory) const {
        const auto* floats = reinterpret_cast<const float*>(memory.data());
        const float *out_gradient = floats + values(), *lse = out_gradient + values(), *delta = lse + row_count();
        return {tensor(floats),
                tensor(out_gradient),
                {lse, row_count()},
                {delta, row_count()},
                {reinterpret_cast<const std::int32_t*>(delta + row_count()), segment_count()}};
    }
    void pack(const QueryBlock& own, std::span<std::byte> memory) const;

private:
    attention::Heads tensor(float* values) const { return {values, shape.batch, rows, shape.heads, shape.head_dim}; }
    attention::ConstHeads tensor(const float* values) const {
        return {values, shape.batch, rows, shape.heads, shape.head_dim};
    }
};

}  // namespace gridring::ring
