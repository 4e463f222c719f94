// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "attention/simd/kernels.hpp"
#include "attention/simd/packed_keys.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::attention::simd {
namespace {

// Gradients of a block of keys stay in the second-level cache while all queries pass by; the weights of a tile against
// a part of it in the first. Measured: tests/bench.
constexpr std::int64_t block_keys = 512, part_keys = 128;

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// One call of backward(), as every thread sees it.
struct Pass {
    const BackwardBlock& step;
    const Scoring& scoring;
    const MicroKernels& kernels;
    float scale;

    const ConstHeads& q() const { return step.queries.q; }
    std::int64_t group() const { return q().heads / step.block.k.heads; }
    std::int64_t tile_rows() const { return kernels.vectors * kernels.lanes; }
    std::int64_t head_dim() const { return q().head_dim; }
    std::int64_t panel_dim() const { return (head_dim() + kernels.rows - 1) / kernels.rows * kernels.rows; }
    std::int64_t row_stride() const { return (head_dim() + kernels.lanes - 1) / kernels.lanes * kernels.lanes; }
};

/// What one (key head, range of keys) works with.
struct Bench {
    explicit Bench(const Pass& pass)
        : memory(bytes(pass)),
          keys(pass.kernels, Direction::backward, pass.head_dim(), block_keys, memory),
          dk(memory.take<float>(block_keys * pass.row_stride())),
          dv(memory.take<float>(block_keys * pass.row_stride())),
          p(memory.take<float>(part_keys * pass.tile_rows())),
          ds(memory.take<float>(part_keys * pass.tile_rows())),
          q(memory.take<float>(pass.head_dim() * pass.tile_rows())),
          dout(memory.take<float>(pass.head_dim() * pass.tile_rows())),
          dq(memory.take<float>(pass.panel_dim() * pass.tile_rows())),
          q_rows(memory.take<float>(pass.row_stride() * pass.tile_rows())),
          dout_rows(memory.take<float>(pass.row_stride() * pass.tile_rows())),
          lse(memory.take<float>(pass.tile_rows())),
          delta(memory.take<float>(pass.tile_rows())),
          sight(memory.take<std::int32_t>(TileSight::values(pass.tile_rows()))) {}
    static std::size_t bytes(const Pass& pass) {
        const std::int64_t rows = pass.tile_rows(), D = std::max(pass.row_stride(), pass.panel_dim());
        return PackedKeys::bytes(pass.kernels, Direction::backward, pass.head_dim(), block_keys) +
               2 * Workspace::bytes_of<float>(block_keys * D) + 2 * Workspace::bytes_of<float>(part_keys * rows) +
               5 * Workspace::bytes_of<float>(D * rows) + 2 * Workspace::bytes_of<float>(rows) +
               Workspace::bytes_of<std::int32_t>(TileSight::values(rows));
    }

    Workspace memory;
    PackedKeys keys;
    float *dk, *dv, *p, *ds, *q, *dout, *dq, *q_rows, *dout_rows, *lse, *delta;
    std::int32_t* sight;
};

/// A tile of `count` query rows of one head.
struct TileRows {
    std::int64_t b, head, first, count;
};

BackwardTile load(const Pass& pass, Bench& bench, const TileRows& rows) {
    const std::int64_t width = (rows.count + pass.kernels.lanes - 1) / pass.kernels.lanes * pass.kernels.lanes;
    const auto q = pass.q().head(rows.b, rows.head).middle_rows(rows.first, rows.count);
    const auto dout = pass.step.out_gradient.head(rows.b, rows.head).middle_rows(rows.first, rows.count);
    const float log2e = std::numbers::log2e_v<float>;
    pass.kernels.transpose_in(q.data, q.stride, q.rows, q.cols, pass.scale * log2e, bench.q, width);
    pass.kernels.transpose_in(dout.data, dout.stride, q.rows, q.cols, 1.0F, bench.dout, width);
    pass.kernels.copy_rows(q.data, q.stride, q.rows, q.cols, bench.q_rows, pass.row_stride(), width);
    pass.kernels.copy_rows(dout.data, dout.stride, q.rows, q.cols, bench.dout_rows, pass.row_stride(), width);
    std::fill(bench.dq, bench.dq + pass.panel_dim() * width, 0.0F);
    const auto at = static_cast<std::size_t>((rows.b * pass.q().heads + rows.head) * pass.q().rows + rows.first);
    for (std::int64_t i = 0; i < width; ++i) {
        const bool is_row = i < rows.count && pass.step.lse[at + static_cast<std::size_t>(i)] != minus_infinity;
        bench.lse[i] = is_row ? pass.step.lse[at + static_cast<std::size_t>(i)] * log2e : -no_key;
        bench.delta[i] = is_row ? pass.step.delta[at + static_cast<std::size_t>(i)] : 0.0F;
    }
    return {width,     pass.row_stride(), bench.q,  bench.dout, bench.q_rows, bench.dout_rows,
            bench.lse, bench.delta,       bench.dq, bench.dk,   bench.dv,     {}};
}

/// One tile of queries against the block of keys in hand, part by part.
void visit(const Pass& pass, Bench& bench, const TileRows& rows, const Heads& dq) {
    BackwardTile tile = load(pass, bench, rows);
    TileSight sight(pass.step.queries, pass.scoring.mask, rows.b, rows.first, rows.count, tile.width, bench.sight);
    tile.limits = sight.limits();
    const std::int64_t count = bench.keys.block().count;
    for (std::int64_t first = 0; first < count; first += part_keys) {
        KeyBlock part = bench.keys.part(first, std::min(part_keys, count - first));
        const KeyRange range = sight.look_at(bench.keys, part);
        if (range.begin >= range.end) continue;
        tile.dk = bench.dk + first * tile.row_stride, tile.dv = bench.dv + first * tile.row_stride;
        pass.kernels.differentiate(tile, part, range, bench.p, bench.ds);
    }
    float* by_row = bench.q_rows;  // not needed any more
    pass.kernels.transpose_out(bench.dq, tile.width, rows.count, pass.head_dim(), pass.scale, by_row, tile.row_stride);
    const auto to = dq.head(rows.b, rows.head).middle_rows(rows.first, rows.count);
    pass.kernels.add_rows(by_row, tile.row_stride, rows.count, pass.head_dim(), 1.0F, to.data, to.stride);
}

/// Adds the gradients of the block in hand to the rows of its keys, run by run of valid ones.
void add_gradients(const Pass& pass, const Bench& bench, const math::MatrixView& dk, const math::MatrixView& dv) {
    const auto& keys = bench.keys;
    const std::int64_t count = keys.block().count, stride = pass.row_stride(), D = pass.head_dim();
    for (std::int64_t first = 0, end = 0; first < count; first = end) {
        const std::int64_t row = keys.row(first);
        for (end = first + 1; end < count && keys.row(end) - row == end - first;) ++end;
        pass.kernels.add_rows(bench.dk + first * stride, stride, end - first, D, pass.scale, dk.row(row), dk.stride);
        pass.kernels.add_rows(bench.dv + first * stride, stride, end - first, D, 1.0F, dv.row(row), dv.stride);
    }
}

/// Adds the gradients of the keys `rows` of one head, and what they give to the queries of its group.
void differentiate_keys(const Pass& pass, std::int64_t b, std::int64_t g, RowRange rows, const Heads& dq) {
    Bench bench(pass);
    auto& keys = bench.keys;
    const std::int64_t stride = pass.row_stride(), tile_rows = pass.tile_rows();
    for (keys.rewind(pass.step.block, b, g, rows); keys.advance();) {
        std::fill_n(bench.dk, block_keys * stride, 0.0F);
        std::fill_n(bench.dv, block_keys * stride, 0.0F);
        const RowRange seeing =
            visible_queries(pass.scoring.mask, {keys.base(), keys.last()}, pass.step.queries.positions);
        for (std::int64_t head = g * pass.group(); head < (g + 1) * pass.group(); ++head)
            for (std::int64_t first = seeing.begin, end = first; first < seeing.end; first = end) {
                end = end_of_tile(pass.step.queries.positions, first, seeing.end, tile_rows);
                visit(pass, bench, {b, head, first, end - first}, dq);
            }
        add_gradients(pass, bench, pass.step.dk.head(b, g), pass.step.dv.head(b, g));
    }
}

/// Cuts the keys into `parts` runs of nearly equal work.
std::vector<RowRange> split_keys(const Pass& pass, std::int64_t parts) {
    const Positions keys = pass.step.block.positions;
    const std::int64_t M = pass.step.block.k.rows,
                       grain = std::max<std::int64_t>(1, std::min<std::int64_t>(64, M / parts));
    std::vector<double> work{0};
    for (std::int64_t first = 0; first < M; first += grain) {
        const std::int64_t last = std::min(M, first + grain) - 1;
        const PositionRange span{keys[static_cast<std::size_t>(first)], keys[static_cast<std::size_t>(last)]};
        const auto seen_by = visible_queries(pass.scoring.mask, span, pass.step.queries.positions).size();
        work.push_back(work.back() + static_cast<double>(seen_by));
    }
    std::vector<RowRange> ranges;
    for (std::int64_t part = 0, begin = 0; part < parts; ++part) {
        const double until = work.back() * static_cast<double>(part + 1) / static_cast<double>(parts);
        const std::int64_t grains = std::ranges::lower_bound(work, until) - work.begin();
        const std::int64_t end = part + 1 == parts ? M : std::min(M, grains * grain);
        ranges.push_back({begin, std::max(begin, end)});
        begin = ranges.back().end;
    }
    return ranges;
}

void add(const Heads& from, const Heads& to) {
    for (std::int64_t b = 0; b < to.batch; ++b)
        for (std::int64_t h = 0; h < to.heads; ++h)
            for (std::int64_t i = 0; i < to.rows; ++i) {
                const float* values = from.head(b, h).row(i);
                float* sums = to.head(b, h).row(i);
                for (std::int64_t d = 0; d < to.head_dim; ++d) sums[d] += values[d];
            }
}

}  // namespace

void backward(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam& team) {
    const ConstHeads& q = step.queries.q;
    if (q.rows == 0 || step.block.k.rows == 0) return;
    const Pass pass{step, scoring, micro_kernels(), softmax_scale(scoring, q.head_dim)};
    const std::int64_t kv_heads = step.block.k.heads, units = q.batch * kv_heads, threads = team.size();
    // Few heads for many threads: each takes a run of the keys, with queries' gradients of its own that are added in
    // order. The number of threads alone decides, so that it decides the bits as well.
    const std::int64_t parts = units % threads == 0 || units >= 4 * threads ? 1 : threads;
    const auto ranges = split_keys(pass, parts);
    std::vector<std::vector<float>> partial(static_cast<std::size_t>(parts - 1));
    std::vector<Heads> dq{step.dq};
    for (auto& values : partial) {
        values.resize(static_cast<std::size_t>(q.batch * q.rows * q.heads * q.head_dim));
        dq.emplace_back(values.data(), q.batch, q.rows, q.heads, q.head_dim);
    }
    team.run(units * parts, [&](std::int64_t index, int) {
        const trace::Span span("attention", "tiles of backward unit", index);
        const auto part = static_cast<std::size_t>(index / units);
        differentiate_keys(pass, index % units / kv_heads, index % units % kv_heads, ranges[part], dq[part]);
    });
    for (std::size_t part = 1; part < dq.size(); ++part) add(dq[part], step.dq);
}

}  // namespace gridring::attention::simd
