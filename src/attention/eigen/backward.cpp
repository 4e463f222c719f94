// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "attention/eigen/kernels.hpp"
#include "attention/eigen/tiles.hpp"

namespace gridring::attention::eigen {
namespace {

using math::as_eigen;

/// What belongs to one head of one sequence.
struct HeadViews {
    math::ConstMatrixView q, dout;  ///< L x D
    const float *lse, *delta;       ///< L
    math::MatrixView dq;            ///< L x D
};

struct Workspace {
    Workspace(std::int64_t rows, std::int64_t keys, std::int64_t D)
        : q(rows, D), p(rows, keys), ds(rows, keys), dk(keys, D), dv(keys, D) {}
    Scratch q, p, ds, dk, dv;
};

/// scores -> p = exp(score - lse); dp -> ds = p (dp - delta). 0 for keys the row does not see, and for a row that sees
/// none.
void differentiate_row(float* scores, float* dp, std::int64_t visible, std::int64_t width, float lse, float delta) {
    if (lse == -std::numeric_limits<float>::infinity()) visible = 0;
    PaddedRow p(scores, padded(visible)), ds(dp, padded(visible));
    p = (p - lse).exp();
    ds = p * (ds - delta);
    std::fill(scores + visible, scores + width, 0.0F);
    std::fill(dp + visible, dp + width, 0.0F);
}

/// One query tile against the key tile in hand. Dao et al. 2022, algorithm 4; the scale of the scores is in the scaled
/// q, so that ds needs it again for dq alone.
void differentiate_tile(const HeadViews& head, Positions queries, const Tile& tile, float scale, KeyTiles& keys,
                        Workspace& work) {
    const auto q = scaled_rows(head.q, tile, scale, work.q);
    const auto k = keys.keys().middle_rows(0, tile.width), v = keys.values().middle_rows(0, tile.width);
    const auto dout = head.dout.middle_rows(tile.first, tile.count);
    const auto p = work.p.view(tile.count, tile.width), ds = work.ds.view(tile.count, tile.width);

    as_eigen(p).noalias() = as_eigen(q) * as_eigen(k).transpose();
    as_eigen(ds).noalias() = as_eigen(dout) * as_eigen(v).transpose();
    for (std::int64_t i = 0; i < tile.count; ++i) {
        const std::int64_t l = tile.first + i;
        const std::int64_t visible = tile.is_full ? tile.width : keys.count_until(queries[static_cast<std::size_t>(l)]);
        differentiate_row(p.row(i), ds.row(i), visible, tile.width, head.lse[l], head.delta[l]);
    }
    as_eigen(work.dv.view(tile.width)).noalias() += as_eigen(p).transpose() * as_eigen(dout);
    as_eigen(work.dk.view(tile.width)).noalias() += as_eigen(ds).transpose() * as_eigen(q);
    as_eigen(head.dq.middle_rows(tile.first, tile.count)).noalias() += scale * (as_eigen(ds) * as_eigen(k));
}

void add_rows(const math::ConstMatrixView& tile, const KeyTiles& keys, const math::MatrixView& to) {
    for (std::int64_t i = 0; i < keys.size(); ++i)
        math::RowMap(to.row(keys.row(i)), to.cols) += math::ConstRowMap(tile.row(i), tile.cols);
}

}  // namespace

void backward(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam&) {
    const auto& [queries, dout, lse, delta, block, dq, dk, dv] = step;
    const auto& [q, q_positions, segments] = queries;
    const Mask& mask = scoring.mask;
    const float scale = softmax_scale(scoring, q.head_dim);
    if (q.rows == 0 || block.k.rows == 0) return;
    KeyTiles keys(block, mask, q_positions.back());
    Workspace work(std::min(q.rows, query_tile), std::min(block.k.rows, key_tile), q.head_dim);
    const std::int64_t group = q.heads / block.k.heads;

    for (std::int64_t b = 0; b < q.batch; ++b) {
        for (std::int64_t g = 0; g < block.k.heads; ++g) {
            for (keys.rewind(b, g); keys.advance();) {
                as_eigen(work.dk.view(keys.size())).setZero();
                as_eigen(work.dv.view(keys.size())).setZero();
                for (std::int64_t h = g * group; h < (g + 1) * group; ++h) {
                    const std::int64_t first = (b * q.heads + h) * q.rows;
                    const HeadViews head{q.head(b, h), dout.head(b, h), lse.data() + first, delta.data() + first,
                                         dq.head(b, h)};
                    for_each_query_tile(q_positions, keys, mask, [&](const Tile& tile) {
                        differentiate_tile(head, q_positions, tile, scale, keys, work);
                    });
                }
                add_rows(work.dk.view(keys.size()), keys, dk.head(b, g));
                add_rows(work.dv.view(keys.size()), keys, dv.head(b, g));
            }
        }
    }
}

}  // namespace gridring::attention::eigen
