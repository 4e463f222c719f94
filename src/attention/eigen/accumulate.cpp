// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "attention/eigen/kernels.hpp"
#include "attention/eigen/tiles.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::attention::eigen {
namespace {

using math::as_eigen;

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// The running softmax of one head.
struct HeadState {
    float *max, *sum;      ///< L
    math::MatrixView acc;  ///< L x D
};

/// What one thread works with.
struct Workspace {
    Workspace(const QueryView& queries, const KeyValueView& block)
        : keys(block),
          scaled(std::min(queries.q.rows, query_tile), queries.q.head_dim),
          scores(std::min(queries.q.rows, query_tile), std::min(block.k.rows, key_tile)) {}
    KeyTiles keys;
    Scratch scaled, scores;
};

/// Turns the seen scores of one row into 2^(score - max), the others into 0, and folds them into the running max and
/// sum. Returns by how much everything accumulated before shrinks.
float fold_row(float* scores, const SeenKeys& seen, std::int64_t width, float& max, float& sum) {
    PaddedRow row = seen.vectors(scores);
    seen.hide_others(scores, width, minus_infinity);
    const float new_max = row.size() == 0 ? max : std::max(max, row.maxCoeff());
    if (new_max == minus_infinity) {  // no key yet, or logits that overflowed: -inf - -inf would be NaN
        std::fill_n(scores, width, 0.0F);
        return 1.0F;
    }
    const float decay = std::exp2(max - new_max);  // exp(-inf) = 0 on the first key
    row = ((row - new_max) * std::numbers::ln2_v<float>).exp();
    seen.hide_others(scores, width, 0.0F);  // Eigen's exp(-inf) is tiny, not 0
    sum = sum * decay + row.sum();
    max = new_max;
    return decay;
}

/// Folds the key tile in hand into the rows of one query tile. Milakov & Gimelshein 2018, algorithm 3.
void fold_tile(const math::ConstMatrixView& scaled_q, const Tile& tile, KeyTiles& keys, Scratch& scratch,
               const HeadState& state) {
    const std::int64_t first = tile.columns.begin, width = tile.columns.size();
    const auto scores = scratch.view(tile.rows.size(), width);
    const auto acc = state.acc.middle_rows(tile.rows.begin, tile.rows.size());
    as_eigen(scores).noalias() = as_eigen(scaled_q) * as_eigen(keys.keys().middle_rows(first, width)).transpose();
    for (std::int64_t i = 0; i < tile.rows.size(); ++i) {
        const std::int64_t l = tile.rows.begin + i;
        const float decay = fold_row(scores.row(i), tile.seen_by(i), width, state.max[l], state.sum[l]);
        if (decay != 1.0F) math::RowMap(acc.row(i), acc.cols) *= decay;
    }
    as_eigen(acc).noalias() += as_eigen(scores) * as_eigen(keys.values().middle_rows(first, width));
}

/// Everything the tasks of one call share.
struct Pass {
    const QueryView& queries;
    const KeyValueView& block;
    const Scoring& scoring;
    const SoftmaxState& state;

    std::int64_t group() const { return queries.q.heads / block.k.heads; }
    HeadState head(std::int64_t b, std::int64_t h) const {
        const std::int64_t first = (b * queries.q.heads + h) * queries.q.rows;
        return {state.max.data() + first, state.sum.data() + first, state.acc.head(b, h)};
    }
};

/// Folds the block into the query rows `part` of all heads that share key head g of sequence b.
void fold_group(const Pass& pass, std::int64_t b, std::int64_t g, RowRange part, Workspace& work) {
    const Mask& mask = pass.scoring.mask;
    const ConstHeads& q = pass.queries.q;
    const float scale = softmax_scale(pass.scoring, q.head_dim) * std::numbers::log2e_v<float>;
    const TileRows queries = rows_of(pass.queries, b);
    const auto seen = visible_keys(mask, range_of(middle(queries, part).positions), pass.block.positions);
    for (work.keys.rewind(b, g, seen); work.keys.advance();) {
        for (std::int64_t h = g * pass.group(); h < (g + 1) * pass.group(); ++h) {
            const HeadState head = pass.head(b, h);
            for_each_query_tile(mask, queries, part, work.keys.rows(), [&](const Tile& tile) {
                fold_tile(scaled_rows(q.head(b, h), tile, scale, work.scaled), tile, work.keys, work.scores, head);
            });
        }
    }
}

/// Into how many runs of whole tiles the queries are cut: so many that the threads end at about the same time though
/// causal runs differ.
std::int64_t parts_for(const math::ThreadTeam& team, std::int64_t groups, std::int64_t rows) {
    const std::int64_t threads = team.size();
    if (threads == 1) return 1;
    const std::int64_t wanted = (4 * threads + groups - 1) / groups;
    return std::min(wanted, (rows + query_tile - 1) / query_tile);
}

}  // namespace

void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam& team) {
    const std::int64_t L = queries.q.rows, groups = queries.q.batch * block.k.heads;
    if (L == 0 || block.k.rows == 0) return;
    const std::int64_t parts = parts_for(team, groups, L), tiles = (L + query_tile - 1) / query_tile;
    const Pass pass{queries, block, scoring, state};
    std::vector<Workspace> workspaces(static_cast<std::size_t>(team.size()), Workspace(queries, block));
    team.run(groups * parts, [&](std::int64_t index, int worker) {
        const trace::Span span("attention", "tiles of forward unit", index);
        const std::int64_t group = index / parts;
        const RowRange part = part_of({0, tiles}, index % parts, parts);
        fold_group(pass, group / block.k.heads, group % block.k.heads,
                   {part.begin * query_tile, std::min(part.end * query_tile, L)},
                   workspaces[static_cast<std::size_t>(worker)]);
    });
}

}  // namespace gridring::attention::eigen
