// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/core/error.hpp"

namespace gridring::attention {
namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

std::size_t row_count(const Shape& shape, std::int64_t rows) {
    return static_cast<std::size_t>(shape.batch * shape.heads * rows);
}

}  // namespace

SoftmaxState::SoftmaxState(const Shape& of, std::int64_t count)
    : shape(of),
      rows(count),
      acc(row_count(of, count) * static_cast<std::size_t>(of.head_dim)),
      max(row_count(of, count), minus_infinity),
      sum(row_count(of, count)) {}

void SoftmaxState::reset() {
    std::ranges::fill(acc, 0.0F);
    std::ranges::fill(max, minus_infinity);
    std::ranges::fill(sum, 0.0F);
}

void finish(const SoftmaxState& state, const Heads& out, std::span<float> lse) {
    const auto& [batch, heads, kv_heads, D] = state.shape;
    expects(out.batch == batch && out.heads == heads && out.head_dim == D && out.rows == state.rows,
            "finish: out has the state's shape");
    expects(lse.size() == state.max.size(), "finish: lse is batch x heads x L");
    const ConstHeads acc(state.acc.data(), batch, state.rows, heads, D);
    std::size_t row = 0;  // in the order of lse
    for (std::int64_t b = 0; b < batch; ++b) {
        for (std::int64_t h = 0; h < heads; ++h) {
            const auto from = acc.head(b, h);
            const auto to = out.head(b, h);
            for (std::int64_t l = 0; l < state.rows; ++l, ++row) {
                const float sum = state.sum[row];
                const float factor = sum > 0 ? 1.0F / sum : 0.0F;  // a row without a key: 0, and its log-sum-exp -inf
                std::transform(from.row(l), from.row(l) + D, to.row(l), [=](float x) { return x * factor; });
                lse[row] = sum > 0 ? state.max[row] + std::log(sum) : minus_infinity;
            }
        }
    }
}

void row_delta(const ConstHeads& out, const ConstHeads& out_gradient, std::span<float> delta) {
    expects(delta.size() == static_cast<std::size_t>(out.batch * out.heads * out.rows),
            "row_delta: delta is batch x heads x L");
    std::size_t row = 0;
    for (std::int64_t b = 0; b < out.batch; ++b) {
        for (std::int64_t h = 0; h < out.heads; ++h) {
            const auto x = out.head(b, h), dx = out_gradient.head(b, h);
            for (std::int64_t l = 0; l < out.rows; ++l, ++row) {
                double sum = 0;
                for (std::int64_t d = 0; d < out.head_dim; ++d)
                    sum += static_cast<double>(x.row(l)[d]) * static_cast<double>(dx.row(l)[d]);
                delta[row] = static_cast<float>(sum);
            }
        }
    }
}

}  // namespace gridring::attention
