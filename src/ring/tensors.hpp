// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "gridring/attention/heads.hpp"

namespace gridring::ring {

/// Calls visit(values) for every row of a tensor: heads * head_dim neighbouring floats.
template <class T, class Visit>
void for_each_row(const attention::BasicHeads<T>& tensor, const Visit& visit) {
    for (std::int64_t b = 0; b < tensor.batch; ++b)
        for (std::int64_t l = 0; l < tensor.rows; ++l)
            visit(tensor.data + b * tensor.batch_stride + l * tensor.row_stride);
}

/// Returns where the dense copy ends.
inline float* copy_dense(const attention::ConstHeads& tensor, float* to) {
    for_each_row(tensor, [&](const float* row) { to = std::copy_n(row, tensor.heads * tensor.head_dim, to); });
    return to;
}

/// Adds a dense tensor; returns where it ends.
inline const float* add_dense(const float* from, const attention::Heads& tensor) {
    for_each_row(tensor, [&](float* row) {
        for (float* end = row + tensor.heads * tensor.head_dim; row != end; ++row) *row += *from++;
    });
    return from;
}

/// Rows [first, first + count) of every sequence.
template <class T>
attention::BasicHeads<T> rows_of(attention::BasicHeads<T> tensor, std::int64_t first, std::int64_t count) {
    tensor.data += first * tensor.row_stride;
    tensor.rows = count;
    return tensor;
}

}  // namespace gridring::ring
