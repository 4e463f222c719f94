// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "attention/simd/kernels.hpp"
#include "attention/simd/packed_keys.hpp"

namespace gridring::attention::simd {
namespace {

// One packed block of keys serves all tiles of a chunk while it lies in the second-level cache. Measured: tests/bench.
constexpr std::int64_t block_keys = 256, chunk_tiles = 32;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// One call of accumulate(), as every thread sees it.
struct Pass {
    const QueryView& queries;
    const KeyValueView& block;
    const Scoring& scoring;
    const SoftmaxState& state;
    const MicroKernels& kernels;

    std::int64_t group() const { return queries.q.heads / block.k.heads; }
    std::int64_t tile_rows() const { return kernels.vectors * kernels.lanes; }
    std::int64_t head_dim() const { return queries.q.head_dim; }
    std::int64_t panel_dim() const { return (head_dim() + kernels.rows - 1) / kernels.rows * kernels.rows; }
};

/// `count` query rows of one head, transposed, with their running softmax.
class Tile {
public:
    Tile(const Pass& pass, std::int64_t b, std::int64_t head, std::int64_t first, std::int64_t count, Workspace& memory)
        : pass_(&pass),
          b_(b),
          head_(head),
          first_(first),
          count_(count),
          width_((count + pass.kernels.lanes - 1) / pass.kernels.lanes * pass.kernels.lanes),
          q_(memory.take<float>(pass.head_dim() * width_)),
          acc_(memory.take<float>(pass.panel_dim() * width_)),
          max_(memory.take<float>(width_)),
          sum_(memory.take<float>(width_)),
          sight_(pass.queries, pass.scoring.mask, b, first, count, width_,
                 memory.take<std::int32_t>(TileSight::values(width_))) {
        load();
    }
    static std::size_t bytes(const Pass& pass) {
        const std::int64_t width = pass.tile_rows();
        return Workspace::bytes_of<float>(pass.head_dim() * width) +
               Workspace::bytes_of<float>(pass.panel_dim() * width) + 2 * Workspace::bytes_of<float>(width) +
               Workspace::bytes_of<std::int32_t>(TileSight::values(width));
    }

    void fold(const PackedKeys& keys, float* weights) {
        KeyBlock part = keys.part(0, keys.block().count);
        const KeyRange range = sight_.look_at(keys, part);
        if (range.begin >= range.end) return;
        pass_->kernels.fold({width_, q_, acc_, max_, sum_, sight_.limits()}, part, range, weights);
    }

    void store() const {
        const auto acc = pass_->state.acc.head(b_, head_);
        pass_->kernels.transpose_out(acc_, width_, count_, acc.cols, 1.0F, acc.row(first_), acc.stride);
        float* max = &pass_->state.max[row()];
        for (std::int64_t i = 0; i < count_; ++i) max[i] = max_[i] == no_key ? minus_infinity : max_[i];
        std::copy_n(sum_, count_, &pass_->state.sum[row()]);
    }

private:
    std::size_t row() const {
        const auto& q = pass_->queries.q;
        return static_cast<std::size_t>((b_ * q.heads + head_) * q.rows + first_);
    }
    void load() {
        const auto q = pass_->queries.q.head(b_, head_), acc = math::ConstMatrixView(pass_->state.acc.head(b_, head_));
        const float scale = softmax_scale(pass_->scoring, q.cols) * std::numbers::log2e_v<float>;
        pass_->kernels.transpose_in(q.row(first_), q.stride, count_, q.cols, scale, q_, width_);
        pass_->kernels.transpose_in(acc.row(first_), acc.stride, count_, q.cols, 1.0F, acc_, width_);
        std::fill(acc_ + q.cols * width_, acc_ + pass_->panel_dim() * width_, 0.0F);
        const float* max = &pass_->state.max[row()];
        for (std::int64_t i = 0; i < count_; ++i) max_[i] = max[i] == minus_infinity ? no_key : max[i];
        std::copy_n(&pass_->state.sum[row()], count_, sum_);
        // The padding scores 0 against every key: nothing to rescale.
        std::fill(max_ + count_, max_ + width_, 0.0F);
        std::fill(sum_ + count_, sum_ + width_, 0.0F);
    }

    const Pass* pass_;
    std::int64_t b_, head_, first_, count_, width_;
    float *q_, *acc_, *max_, *sum_;
    TileSight sight_;
};

/// All heads of one group over `rows` of the queries: what shares one packing of the keys.
void fold_chunk(const Pass& pass, std::int64_t b, std::int64_t g, RowRange rows) {
    const std::int64_t tile_rows = pass.tile_rows(), D = pass.head_dim();
    const std::int64_t tiles = pass.group() * ((rows.size() + tile_rows - 1) / tile_rows);
    Workspace memory(PackedKeys::bytes(pass.kernels, Direction::forward, D, block_keys) +
                     static_cast<std::size_t>(tiles) * Tile::bytes(pass) +
                     Workspace::bytes_of<float>(block_keys * tile_rows));
    PackedKeys keys(pass.kernels, Direction::forward, D, block_keys, memory);
    float* weights = memory.take<float>(block_keys * tile_rows);
    std::vector<Tile> chunk;
    chunk.reserve(static_cast<std::size_t>(tiles));
    for (std::int64_t head = g * pass.group(); head < (g + 1) * pass.group(); ++head)
        for (std::int64_t first = rows.begin; first < rows.end; first += tile_rows)
            chunk.emplace_back(pass, b, head, first, std::min(tile_rows, rows.end - first), memory);

    const auto positions = pass.queries.positions;
    const PositionRange span{positions[static_cast<std::size_t>(rows.begin)],
                             positions[static_cast<std::size_t>(rows.end - 1)]};
    for (keys.rewind(pass.block, b, g, visible_keys(pass.scoring.mask, span, pass.block.positions)); keys.advance();)
        for (Tile& tile : chunk) tile.fold(keys, weights);
    for (const Tile& tile : chunk) tile.store();
}

}  // namespace

void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam& team) {
    const std::int64_t L = queries.q.rows;
    if (L == 0 || block.k.rows == 0) return;
    const Pass pass{queries, block, scoring, state, micro_kernels()};
    const std::int64_t chunk_rows = std::max<std::int64_t>(1, chunk_tiles / pass.group()) * pass.tile_rows();
    const std::int64_t chunks = (L + chunk_rows - 1) / chunk_rows, heads = queries.q.batch * block.k.heads;
    // The last rows first: under a causal mask they are the most work.
    team.run(heads * chunks, [&](std::int64_t index, int) {
        const std::int64_t head = index % heads, first = (chunks - 1 - index / heads) * chunk_rows;
        fold_chunk(pass, head / block.k.heads, head % block.k.heads, {first, std::min(L, first + chunk_rows)});
    });
}

}  // namespace gridring::attention::simd
