// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "attention/eigen/kernels.hpp"
#include "attention/eigen/tiles.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::attention::eigen {
namespace {

using math::as_eigen;

/// What belongs to one head of one sequence.
struct HeadViews {
    math::ConstMatrixView q, dout;  ///< L x D
    const float *lse, *delta;       ///< L
    math::MatrixView dq;            ///< L x D
};

/// What one thread works with.
struct Workspace {
    explicit Workspace(const BackwardBlock& step)
        : Workspace(step.block, std::min(step.queries.q.rows, query_tile), std::min(step.block.k.rows, key_tile),
                    step.queries.q.head_dim) {}
    KeyTiles keys;
    Scratch q, p, ds, dk, dv;

private:
    Workspace(const KeyValueView& block, std::int64_t rows, std::int64_t cols, std::int64_t D)
        : keys(block), q(rows, D), p(rows, cols), ds(rows, cols), dk(cols, D), dv(cols, D) {}
};

/// scores -> p = exp(score - lse); dp -> ds = p (dp - delta). 0 for keys the row does not see, and for a row that sees
/// none.
void differentiate_row(float* scores, float* dp, SeenKeys seen, std::int64_t width, float lse, float delta) {
    if (lse == -std::numeric_limits<float>::infinity()) seen.range = {};
    PaddedRow p = seen.vectors(scores), ds = seen.vectors(dp);
    p = (p - lse).exp();
    ds = p * (ds - delta);
    seen.hide_others(scores, width, 0.0F);
    seen.hide_others(dp, width, 0.0F);
}

/// One query tile against the key tile in hand. Dao et al. 2022, algorithm 4; the scale of the scores is in the scaled
/// q, so that ds needs it again for dq alone.
void differentiate_tile(const HeadViews& head, const Tile& tile, float scale, Workspace& work) {
    const std::int64_t first = tile.columns.begin, width = tile.columns.size(), count = tile.rows.size();
    const auto q = scaled_rows(head.q, tile, scale, work.q);
    const auto k = work.keys.keys().middle_rows(first, width), v = work.keys.values().middle_rows(first, width);
    const auto dout = head.dout.middle_rows(tile.rows.begin, count);
    const auto p = work.p.view(count, width), ds = work.ds.view(count, width);

    as_eigen(p).noalias() = as_eigen(q) * as_eigen(k).transpose();
    as_eigen(ds).noalias() = as_eigen(dout) * as_eigen(v).transpose();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t l = tile.rows.begin + i;
        differentiate_row(p.row(i), ds.row(i), tile.seen_by(i), width, head.lse[l], head.delta[l]);
    }
    const std::int64_t size = work.keys.size();
    as_eigen(work.dv.view(size).middle_rows(first, width)).noalias() += as_eigen(p).transpose() * as_eigen(dout);
    as_eigen(work.dk.view(size).middle_rows(first, width)).noalias() += as_eigen(ds).transpose() * as_eigen(q);
    as_eigen(head.dq.middle_rows(tile.rows.begin, count)).noalias() += scale * (as_eigen(ds) * as_eigen(k));
}

void add_rows(const math::ConstMatrixView& tile, const KeyTiles& keys, const math::MatrixView& to) {
    for (std::int64_t i = 0; i < keys.size(); ++i)
        math::RowMap(to.row(keys.row(i)), to.cols) += math::ConstRowMap(tile.row(i), tile.cols);
}

/// One group of heads, those that share key head g of sequence b, against some of the key rows.
struct Task {
    std::int64_t b, g;
    RowRange keys;
    Heads dq;  ///< where the gradients of the queries are added; those of the keys go to the rows `keys` of dk and dv
};

void differentiate_group(const BackwardBlock& step, const Scoring& scoring, const Task& task, Workspace& work) {
    const auto& [b, g, range, dq] = task;
    const auto& q = step.queries.q;
    const std::int64_t group = q.heads / step.block.k.heads;
    const float scale = softmax_scale(scoring, q.head_dim);
    const TileRows queries = rows_of(step.queries, b);
    for (work.keys.rewind(b, g, range); work.keys.advance();) {
        const auto dk = work.dk.view(work.keys.size()), dv = work.dv.view(work.keys.size());
        as_eigen(dk).setZero();
        as_eigen(dv).setZero();
        for (std::int64_t h = g * group; h < (g + 1) * group; ++h) {
            const std::int64_t first = (b * q.heads + h) * q.rows;
            const HeadViews head{q.head(b, h), step.out_gradient.head(b, h), step.lse.data() + first,
                                 step.delta.data() + first, dq.head(b, h)};
            for_each_query_tile(scoring.mask, queries, {0, q.rows}, work.keys.rows(),
                                [&](const Tile& tile) { differentiate_tile(head, tile, scale, work); });
        }
        add_rows(dk, work.keys, step.dk.head(b, g));
        add_rows(dv, work.keys, step.dv.head(b, g));
    }
}

/// A dq for each part of the keys: threads that met in one would add in any order. The first is the caller's own.
class PartialGradients {
public:
    PartialGradients(const Heads& dq, std::int64_t parts)
        : dq_(dq),
          rest_(static_cast<std::size_t>(parts - 1),
                std::vector<float>(static_cast<std::size_t>(dq.batch * dq.rows * dq.heads * dq.head_dim))) {}
    Heads part(std::int64_t index) {
        if (index == 0) return dq_;
        return {rest_[static_cast<std::size_t>(index - 1)].data(), dq_.batch, dq_.rows, dq_.heads, dq_.head_dim};
    }
    /// Adds all of them to the caller's, always in the same order.
    void add_up(math::ThreadTeam& team) {
        if (rest_.empty()) return;
        team.run(dq_.batch * dq_.heads, [&](std::int64_t index, int) {
            const std::int64_t b = index / dq_.heads, h = index % dq_.heads;
            for (std::int64_t i = 1; i <= std::ssize(rest_); ++i)
                as_eigen(dq_.head(b, h)) += as_eigen(part(i).head(b, h));
        });
    }

private:
    Heads dq_;
    std::vector<std::vector<float>> rest_;
};

/// Into how many ranges the keys are cut: one unless there are fewer groups of heads than threads, and then two a
/// thread, since under a causal mask early keys are more work.
std::int64_t parts_for(const math::ThreadTeam& team, std::int64_t groups, RowRange keys) {
    if (groups >= team.size()) return 1;
    return std::clamp<std::int64_t>(2 * ((team.size() + groups - 1) / groups), 1,
                                    std::max<std::int64_t>(keys.size(), 1));
}

}  // namespace

void backward(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam& team) {
    const auto& block = step.block;
    const std::int64_t groups = step.queries.q.batch * block.k.heads;
    if (step.queries.q.rows == 0 || block.k.rows == 0) return;
    const RowRange keys = visible_keys(scoring.mask, range_of(step.queries.positions), block.positions);
    const std::int64_t parts = parts_for(team, groups, keys);
    PartialGradients dq(step.dq, parts);
    std::vector<Workspace> workspaces(static_cast<std::size_t>(team.size()), Workspace(step));
    team.run(groups * parts, [&](std::int64_t index, int worker) {
        const trace::Span span("attention", "tiles of backward unit", index);
        const std::int64_t group = index / parts, part = index % parts;
        const Task task{group / block.k.heads, group % block.k.heads, part_of(keys, part, parts), dq.part(part)};
        differentiate_group(step, scoring, task, workspaces[static_cast<std::size_t>(worker)]);
    });
    dq.add_up(team);
}

}  // namespace gridring::attention::eigen
