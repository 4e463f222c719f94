// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "attention/eigen/kernels.hpp"
#include "attention/eigen/tiles.hpp"

namespace gridring::attention::eigen {
namespace {

using math::as_eigen;

/// The running softmax of one head.
struct HeadState {
    float *max, *sum;      ///< L
    math::MatrixView acc;  ///< L x D
};

/// Turns the visible scores of one row into exp(score - max), the others into 0, and folds them into the running max
/// and sum. Returns by how much everything accumulated before shrinks.
float fold_row(float* scores, std::int64_t visible, std::int64_t width, float& max, float& sum) {
    PaddedRow seen(scores, padded(visible));
    const float new_max = std::max(max, PaddedRow(scores, visible).maxCoeff());
    if (new_max == -std::numeric_limits<float>::infinity()) {  // logits that overflowed: -inf - -inf would be NaN
        std::fill_n(scores, width, 0.0F);
        return 1.0F;
    }
    const float decay = std::exp2(max - new_max);  // exp(-inf) = 0 on the first key
    seen = ((seen - new_max) * std::numbers::ln2_v<float>).exp();
    std::fill(scores + visible, scores + padded(width), 0.0F);
    sum = sum * decay + seen.sum();
    max = new_max;
    return decay;
}

/// Folds the key tile in hand into the rows of one query tile. Milakov & Gimelshein 2018, algorithm 3.
void fold_tile(const math::ConstMatrixView& scaled_q, Positions queries, const Tile& tile, KeyTiles& keys,
               Scratch& scratch, HeadState& state) {
    const auto scores = scratch.view(tile.count, tile.width);
    const auto acc = state.acc.middle_rows(tile.first, tile.count);
    as_eigen(scores).noalias() = as_eigen(scaled_q) * as_eigen(keys.keys().middle_rows(0, tile.width)).transpose();
    for (std::int64_t i = 0; i < tile.count; ++i) {
        const std::int64_t l = tile.first + i;
        const std::int64_t visible = tile.is_full ? tile.width : keys.count_until(queries[static_cast<std::size_t>(l)]);
        const float decay = fold_row(scores.row(i), visible, tile.width, state.max[l], state.sum[l]);
        if (decay != 1.0F) math::RowMap(acc.row(i), acc.cols) *= decay;
    }
    as_eigen(acc).noalias() += as_eigen(scores) * as_eigen(keys.values().middle_rows(0, tile.width));
}

}  // namespace

void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam&) {
    const auto& [q, q_positions, segments] = queries;
    const Mask& mask = scoring.mask;
    const float scale = softmax_scale(scoring, q.head_dim) * std::numbers::log2e_v<float>;
    if (q.rows == 0 || block.k.rows == 0) return;
    KeyTiles keys(block, mask, q_positions.back());
    Scratch scaled(std::min(q.rows, query_tile), q.head_dim),
        scores(std::min(q.rows, query_tile), std::min(block.k.rows, key_tile));
    const std::int64_t group = q.heads / block.k.heads;

    for (std::int64_t b = 0; b < q.batch; ++b) {
        for (std::int64_t g = 0; g < block.k.heads; ++g) {
            for (keys.rewind(b, g); keys.advance();) {
                for (std::int64_t h = g * group; h < (g + 1) * group; ++h) {
                    const std::int64_t first = (b * q.heads + h) * q.rows;
                    HeadState head{state.max.data() + first, state.sum.data() + first, state.acc.head(b, h)};
                    for_each_query_tile(q_positions, keys, mask, [&](const Tile& tile) {
                        fold_tile(scaled_rows(q.head(b, h), tile, scale, scaled), q_positions, tile, keys, scores,
                                  head);
                    });
                }
            }
        }
    }
}

}  // namespace gridring::attention::eigen
