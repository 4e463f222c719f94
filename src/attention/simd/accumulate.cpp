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

// One packed block of keys serves all tiles of a chunk while it lies in the second-level cache. Measured: tests/bench.
constexpr std::int64_t block_keys = 256, chunk_tiles = 48;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// One call of accumulate(), as every thread sees it.
struct Pass {
    const QueryView& queries;
    const KeyValueView& block;
    const Scoring& scoring;
    const SoftmaxState& state;
    const MicroKernels& kernels;
    const Bf16Kernels* bf16;  ///< nullptr for fp32

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
          q_(memory.take<float>((pass.head_dim() + 1) * width_)),
          acc_(memory.take<float>(pass.panel_dim() * width_)),
          max_(memory.take<float>(width_)),
          sum_(memory.take<float>(width_)),
          sight_(pass.queries, pass.scoring.mask, b, first, count, width_,
                 memory.take<std::int32_t>(TileSight::values(width_))) {
        load();
    }
    static std::size_t bytes(const Pass& pass) {
        const std::int64_t width = pass.tile_rows();
        return Workspace::bytes_of<float>((pass.head_dim() + 1) * width) +
               Workspace::bytes_of<float>(pass.panel_dim() * width) + 2 * Workspace::bytes_of<float>(width) +
               Workspace::bytes_of<std::int32_t>(TileSight::values(width));
    }

    void fold(const PackedKeys& keys, float* weights) {
        KeyBlock part = keys.part(0, keys.block().count);
        const KeyRange range = sight_.look_at(keys, part);
        if (range.begin >= range.end) return;
        const auto fold_keys = pass_->bf16 ? pass_->bf16->fold : pass_->kernels.fold;
        fold_keys({width_, q_, acc_, max_, sum_, sight_.limits()}, part, range, weights);
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
        if (pass_->bf16) {
            std::fill_n(q_ + q.cols * width_, width_, 0.0F);  // an odd width has a zero for a partner
            pass_->bf16->pair_rows(q_, width_, (q.cols + 1) / 2);
        }
        const float* max = &pass_->state.max[row()];
        const bool is_fresh = std::all_of(max, max + count_, [](float x) { return x == minus_infinity; });
        std::fill(acc_ + (is_fresh ? 0 : q.cols * width_), acc_ + pass_->panel_dim() * width_, 0.0F);
        if (!is_fresh) pass_->kernels.transpose_in(acc.row(first_), acc.stride, count_, q.cols, 1.0F, acc_, width_);
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
    const auto positions = pass.queries.positions;
    std::vector<RowRange> cuts;
    for (std::int64_t first = rows.begin; first < rows.end; first = cuts.back().end)
        cuts.push_back({first, end_of_tile(positions, first, rows.end, tile_rows)});
    const std::int64_t tiles = pass.group() * std::ssize(cuts);
    Workspace memory(PackedKeys::bytes(pass.kernels, Direction::forward, D, block_keys) +
                     static_cast<std::size_t>(tiles) * Tile::bytes(pass) +
                     Workspace::bytes_of<float>(block_keys * tile_rows));
    PackedKeys keys(pass.kernels, Direction::forward, D, block_keys, memory);
    if (pass.bf16) keys.narrow_with(*pass.bf16);
    float* weights = memory.take<float>(block_keys * tile_rows);
    std::vector<Tile> chunk;
    chunk.reserve(static_cast<std::size_t>(tiles));
    for (std::int64_t head = g * pass.group(); head < (g + 1) * pass.group(); ++head)
        for (const RowRange& cut : cuts) chunk.emplace_back(pass, b, head, cut.begin, cut.size(), memory);

    const PositionRange span{positions[static_cast<std::size_t>(rows.begin)],
                             positions[static_cast<std::size_t>(rows.end - 1)]};
    for (keys.rewind(pass.block, b, g, visible_keys(pass.scoring.mask, span, pass.block.positions)); keys.advance();)
        for (Tile& tile : chunk) tile.fold(keys, weights);
    for (const Tile& tile : chunk) tile.store();
}

/// Large chunks share a packing among many tiles; several a thread keep all threads busy to the end.
std::int64_t rows_of_chunk(const Pass& pass, int threads) {
    const std::int64_t heads = pass.queries.q.batch * pass.block.k.heads;
    const std::int64_t tiles = (pass.queries.q.rows + pass.tile_rows() - 1) / pass.tile_rows();
    const std::int64_t wanted = threads == 1 ? 1 : (4 * threads + heads - 1) / heads;
    const std::int64_t largest = std::max<std::int64_t>(1, chunk_tiles / pass.group());
    return std::clamp<std::int64_t>((tiles + wanted - 1) / wanted, 1, largest) * pass.tile_rows();
}

/// Chunks end where positions jump, as tiles do: the keys of a block would be packed for the few tiles behind.
std::vector<RowRange> cut_chunks(const Pass& pass, std::int64_t chunk_rows) {
    std::vector<RowRange> chunks;
    const std::int64_t L = pass.queries.q.rows;
    for (std::int64_t first = 0; first < L; first = chunks.back().end)
        chunks.push_back({first, end_of_tile(pass.queries.positions, first, L, chunk_rows)});
    return chunks;
}

void run(const Pass& pass, math::ThreadTeam& team) {
    const auto& block = pass.block;
    if (pass.queries.q.rows == 0 || block.k.rows == 0) return;
    const std::int64_t heads = pass.queries.q.batch * block.k.heads;
    const auto chunks = cut_chunks(pass, rows_of_chunk(pass, team.size()));
    // The last rows of a head first: under a causal mask they are the most work.
    const auto count = std::ssize(chunks);
    team.run(heads * count, [&](std::int64_t index, int) {
        const trace::Span span("attention", "tiles of forward unit", index);
        const std::int64_t head = index / count;
        fold_chunk(pass, head / block.k.heads, head % block.k.heads, *(chunks.rbegin() + index % count));
    });
}

}  // namespace

void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam& team) {
    run({queries, block, scoring, state, micro_kernels(), nullptr}, team);
}

void accumulate_bf16(const QueryView& queries, const KeyValueView& block, const Scoring& scoring,
                     const SoftmaxState& state, math::ThreadTeam& team) {
    run({queries, block, scoring, state, micro_kernels(), bf16_kernels()}, team);
}

}  // namespace gridring::attention::simd
