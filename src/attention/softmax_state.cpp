// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/head_runs.hpp"
#include "gridring/core/error.hpp"

namespace gridring::attention {
namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// Calls visit(b, l, h, row index in the order of lse), on each thread in the order of memory.
template <class T, class Visit>
void for_each_row(const BasicHeads<T>& tensor, math::ThreadTeam& team, const Visit& visit) {
    for_each_head_run(team, tensor.batch, tensor.heads, [&](std::int64_t b, std::int64_t first, std::int64_t count) {
        for (std::int64_t l = 0; l < tensor.rows; ++l)
            for (std::int64_t h = first; h < first + count; ++h)
                visit(b, l, h, static_cast<std::size_t>((b * tensor.heads + h) * tensor.rows + l));
    });
}

/// The head_dim values of one row.
template <class T>
std::span<T> row_of(const BasicHeads<T>& tensor, std::int64_t b, std::int64_t l, std::int64_t h) {
    return {tensor.head(b, h).row(l), static_cast<std::size_t>(tensor.head_dim)};
}

}  // namespace

float softmax_scale(const Scoring& scoring, std::int64_t head_dim) {
    return scoring.scale != 0 ? scoring.scale : 1.0F / std::sqrt(static_cast<float>(head_dim));
}

void reset(const SoftmaxState& state, math::ThreadTeam& team) {
    set_zero(state.acc, team);
    for_each_head_run(team, state.acc.batch, state.acc.heads,
                      [&](std::int64_t b, std::int64_t first, std::int64_t count) {
                          const std::int64_t row = (b * state.acc.heads + first) * state.acc.rows;
                          std::fill_n(state.max.begin() + row, count * state.acc.rows, minus_infinity);
                          std::fill_n(state.sum.begin() + row, count * state.acc.rows, 0.0F);
                      });
}

void finish(const SoftmaxState& state, std::span<float> lse, math::ThreadTeam& team) {
    const auto rows = static_cast<std::size_t>(state.acc.batch * state.acc.heads * state.acc.rows);
    expects(lse.size() == rows && state.max.size() == rows && state.sum.size() == rows,
            "finish: max, sum and lse are batch x heads x L");
    for_each_row(state.acc, team, [&](std::int64_t b, std::int64_t l, std::int64_t h, std::size_t row) {
        const float sum = state.sum[row];
        const bool has_key = sum != 0;  // nor is NaN taken for a row without a key, but shown
        const float factor = has_key ? 1.0F / sum : 0.0F;
        for (float& x : row_of(state.acc, b, l, h)) x *= factor;
        const double log2_sum = static_cast<double>(state.max[row]) + std::log2(static_cast<double>(sum));
        lse[row] = has_key ? static_cast<float>(log2_sum * std::numbers::ln2) : minus_infinity;
    });
}

void row_delta(const ConstHeads& out, const ConstHeads& out_gradient, std::span<float> delta, math::ThreadTeam& team) {
    expects(delta.size() == static_cast<std::size_t>(out.batch * out.heads * out.rows),
            "row_delta: delta is batch x heads x L");
    for_each_row(out, team, [&](std::int64_t b, std::int64_t l, std::int64_t h, std::size_t row) {
        const auto x = row_of(out, b, l, h), dx = row_of(out_gradient, b, l, h);
        double sum = 0;
        for (std::size_t d = 0; d < x.size(); ++d) sum += static_cast<double>(x[d]) * static_cast<double>(dx[d]);
        delta[row] = static_cast<float>(sum);
    });
}

}  // namespace gridring::attention
