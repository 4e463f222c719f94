// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>

#include "gridring/math/matrix.hpp"

namespace gridring::attention {

/// Batch x rows x heads x head_dim, fp32, owned by somebody else: element (b, l, h, d) is at
/// data[b * batch_stride + l * row_stride + h * head_dim + d]. So the output of a projection (rows x heads·head_dim,
/// row-major) is such a tensor as it stands.
template <class T>
struct BasicHeads {
    T* data = nullptr;
    std::int64_t batch = 0, rows = 0, heads = 0, head_dim = 0;
    std::int64_t batch_stride = 0, row_stride = 0;

    BasicHeads() = default;
    /// Dense: [batch][rows][heads][head_dim].
    BasicHeads(T* values, std::int64_t b, std::int64_t l, std::int64_t h, std::int64_t d)
        : data(values), batch(b), rows(l), heads(h), head_dim(d), batch_stride(l * h * d), row_stride(h * d) {}
    operator BasicHeads<const T>() const {  // NOLINT: loses only the right to write
        BasicHeads<const T> view;
        view.data = data;
        view.batch = batch, view.rows = rows, view.heads = heads, view.head_dim = head_dim;
        view.batch_stride = batch_stride, view.row_stride = row_stride;
        return view;
    }
    /// Rows x head_dim of one head of one sequence.
    auto head(std::int64_t b, std::int64_t h) const {
        using View = std::conditional_t<std::is_const_v<T>, math::ConstMatrixView, math::MatrixView>;
        return View{data + b * batch_stride + h * head_dim, rows, head_dim, row_stride};
    }
};
using Heads = BasicHeads<float>;
using ConstHeads = BasicHeads<const float>;

/// Sizes of one attention call. Grouped-query attention when kv_heads < heads (kv_heads divides heads).
struct Shape {
    std::int64_t batch = 1, heads = 1, kv_heads = 1, head_dim = 64;
    bool operator==(const Shape&) const = default;
};

/// Which keys a query may see. Decided from global positions alone.
struct Mask {
    bool is_causal = true;
    /// Sliding window over the last `window` keys, the query's own included: a query at t sees p > t - window, and when
    /// bidirectional also p < t + window. 0 = no limit.
    std::int64_t window = 0;
    bool operator==(const Mask&) const = default;

    /// Further than any two positions are apart: they lie within ±2^60.
    static constexpr std::int64_t farthest = std::int64_t{1} << 61;
    /// The window in sums with positions: a larger one hides nothing either.
    std::int64_t reach() const { return std::min(window, farthest); }
    bool sees(std::int64_t query, std::int64_t key) const {
        return (!is_causal || key <= query) && (window == 0 || (key > query - reach() && key < query + reach()));
    }
};

/// How scores are made of queries and keys.
struct Scoring {
    Mask mask = {};
    float scale = 0;  ///< score = scale q·k, > 0; 0 stands for 1/sqrt(head_dim)
    bool operator==(const Scoring&) const = default;
};
/// The scale that `scoring` stands for.
float softmax_scale(const Scoring& scoring, std::int64_t head_dim);

/// Global positions of the rows of a block, strictly increasing, within ±2^60.
using Positions = std::span<const std::int64_t>;

/// One bit a key and sequence, 1 = valid: bit (l % 8) of byte b * validity_stride(rows) + l / 8. Empty = all valid.
using KeyValidity = std::span<const std::uint8_t>;
inline std::int64_t validity_stride(std::int64_t rows) { return (rows + 7) / 8; }

/// Packed sequences: batch x rows, any ids; a query sees the keys that carry its own id alone. Empty = one sequence.
/// Queries and keys both have them, or neither.
using Segments = std::span<const std::int32_t>;

}  // namespace gridring::attention
