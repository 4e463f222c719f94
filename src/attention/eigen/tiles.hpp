// SPDX-License-Identifier: MIT
#pragma once

// A pass over one (query block, key block) pair goes tile by tile: keys outside, so that one gathered key tile stays in
// the cache for every query tile of every head of its group; queries inside.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "attention/visibility.hpp"
#include "gridring/attention/block_kernel.hpp"
#include "gridring/math/eigen.hpp"

namespace gridring::attention::eigen {

// Measured with tests/bench/attention_bench on 64-wide heads; see tests/bench/README.md.
inline constexpr std::int64_t query_tile = 64, key_tile = 512;

/// Rows of scratch matrices start at full vectors and are padded to whole ones: then nothing is peeled off a row at its
/// start or end, which is faster, and results do not depend on where malloc put them (a sum in another order has other
/// last bits).
inline constexpr std::int64_t lanes = 16;
inline std::int64_t padded(std::int64_t count) { return (count + lanes - 1) / lanes * lanes; }
using PaddedRow = Eigen::Map<Eigen::ArrayXf, Eigen::AlignedMax>;

/// A scratch matrix of which the upper left corner is used.
class Scratch {
public:
    Scratch(std::int64_t rows, std::int64_t cols) : cols_(cols), values_(Eigen::ArrayXf::Zero(rows * padded(cols))) {}
    math::MatrixView view(std::int64_t rows, std::int64_t cols) { return {values_.data(), rows, cols, padded(cols)}; }
    math::MatrixView view(std::int64_t rows) { return view(rows, cols_); }

private:
    std::int64_t cols_;
    Eigen::ArrayXf values_;
};

/// Part `part` of `parts` nearly equal ones.
inline RowRange part_of(RowRange rows, std::int64_t part, std::int64_t parts) {
    return {rows.begin + rows.size() * part / parts, rows.begin + rows.size() * (part + 1) / parts};
}
inline TileRows middle(const TileRows& rows, RowRange range) {
    const auto begin = static_cast<std::size_t>(range.begin), size = static_cast<std::size_t>(range.size());
    return {rows.positions.subspan(begin, size),
            rows.segments.empty() ? rows.segments : rows.segments.subspan(begin, size)};
}
inline PositionRange range_of(Positions positions) { return {positions.front(), positions.back()}; }

/// The queries of sequence b.
inline TileRows rows_of(const QueryView& queries, std::int64_t b) {
    const std::size_t rows = queries.positions.size();
    return {queries.positions, queries.segments.empty()
                                   ? queries.segments
                                   : queries.segments.subspan(static_cast<std::size_t>(b) * rows, rows)};
}

/// The valid keys and values of one key head, gathered into dense tiles: a missing hour costs no product and needs no
/// mask, and whatever garbage it holds is never read.
class KeyTiles {
public:
    explicit KeyTiles(const KeyValueView& block)
        : block_(&block),
          k_(std::min(block.k.rows, key_tile), block.k.head_dim),
          v_(std::min(block.k.rows, key_tile), block.k.head_dim) {}
    /// Starts over with the keys `range` of key head g of sequence b.
    void rewind(std::int64_t b, std::int64_t g, RowRange range) {
        b_ = b, g_ = g, next_ = range.begin, end_ = range.end;
    }
    /// Gathers the next tile; false when no key is left.
    bool advance() {
        gather_rows();
        const auto k = block_->k.head(b_, g_), v = block_->v.head(b_, g_);
        for (std::size_t i = 0; i < at_.size(); ++i) {
            const auto to = static_cast<std::int64_t>(i);
            std::copy_n(k.row(at_[i]), k.cols, keys().row(to));
            std::copy_n(v.row(at_[i]), v.cols, values().row(to));
        }
        return !at_.empty();
    }
    std::int64_t size() const { return static_cast<std::int64_t>(at_.size()); }
    math::MatrixView keys() { return k_.view(size()); }
    math::MatrixView values() { return v_.view(size()); }
    TileRows rows() const { return {positions_, segments_}; }
    /// Row of the block from which key i of the tile came.
    std::int64_t row(std::int64_t i) const { return at_[static_cast<std::size_t>(i)]; }

private:
    void gather_rows() {
        at_.clear(), positions_.clear(), segments_.clear();
        for (; next_ < end_ && size() < key_tile; ++next_) {
            if (!is_valid(next_)) continue;
            at_.push_back(next_);
            positions_.push_back(block_->positions[static_cast<std::size_t>(next_)]);
            if (!block_->segments.empty())
                segments_.push_back(block_->segments[static_cast<std::size_t>(b_ * block_->k.rows + next_)]);
        }
    }
    bool is_valid(std::int64_t row) const {
        if (block_->validity.empty()) return true;
        const auto byte = block_->validity[static_cast<std::size_t>(b_ * validity_stride(block_->k.rows) + row / 8)];
        return (byte >> (row % 8) & 1) != 0;
    }

    const KeyValueView* block_;
    std::int64_t b_ = 0, g_ = 0, next_ = 0, end_ = 0;
    Scratch k_, v_;
    std::vector<std::int64_t> at_, positions_;
    std::vector<std::int32_t> segments_;
};

/// What one query sees of the columns of its tile: those in `range` and, where there are ids, that carry its own.
struct SeenKeys {
    RowRange range;
    const std::int32_t* ids = nullptr;
    std::int32_t id = 0;

    /// What must be computed of the row: `range` widened to whole vectors.
    PaddedRow vectors(float* row) const {
        const std::int64_t begin = range.begin / lanes * lanes;
        return {row + begin, padded(range.end) - begin};
    }
    /// Writes `value` over everything else in a row of `width` columns, its padding included.
    void hide_others(float* row, std::int64_t width, float value) const {
        std::fill(row, row + range.begin, value);
        std::fill(row + range.end, row + padded(width), value);
        if (ids == nullptr) return;
        for (std::int64_t i = range.begin; i < range.end; ++i) row[i] = ids[i] == id ? row[i] : value;
    }
};

/// One query tile against the key tile in hand.
struct Tile {
    const Mask& mask;
    RowRange rows;           ///< of the query block
    RowRange columns;        ///< of the key tile: outside of them nothing is seen
    TileRows queries, keys;  ///< what these rows and columns are
    bool is_full;            ///< every row sees every column

    SeenKeys seen_by(std::int64_t i) const {
        if (is_full) return {{0, columns.size()}};
        const auto at = static_cast<std::size_t>(i);
        const std::int64_t position = queries.positions[at];
        const RowRange range = visible_keys(mask, {position, position}, keys.positions);
        return queries.segments.empty() ? SeenKeys{range} : SeenKeys{range, keys.segments.data(), queries.segments[at]};
    }
};

/// The columns of `keys` that `queries` may see: from positions, less the ends whose ids none of them carries.
inline RowRange columns_for(const Mask& mask, const TileRows& queries, const TileRows& keys) {
    RowRange columns = visible_keys(mask, range_of(queries.positions), keys.positions);
    if (queries.segments.empty()) return columns;
    const auto own = std::ranges::minmax(queries.segments);
    const auto is_foreign = [&](std::int64_t i) {
        const auto id = keys.segments[static_cast<std::size_t>(i)];
        return id < own.min || id > own.max;
    };
    while (columns.size() > 0 && is_foreign(columns.begin)) ++columns.begin;
    while (columns.size() > 0 && is_foreign(columns.end - 1)) --columns.end;
    return columns;
}

/// Calls visit(tile) for the query tiles within `part` of `queries` that see any of `keys`. Skipped tiles cost nothing.
template <class Visit>
void for_each_query_tile(const Mask& mask, const TileRows& queries, RowRange part, const TileRows& keys,
                         const Visit& visit) {
    const RowRange seeing = visible_queries(mask, range_of(keys.positions), queries.positions);
    const std::int64_t end = std::min(part.end, seeing.end);
    for (std::int64_t first = std::max(part.begin, seeing.begin); first < end; first += query_tile) {
        const RowRange rows{first, std::min(first + query_tile, end)};
        const TileRows tile_queries = middle(queries, rows);
        const RowRange columns = columns_for(mask, tile_queries, keys);
        const TileRows tile_keys = middle(keys, columns);
        const Coverage coverage = classify(mask, tile_queries, tile_keys);
        if (coverage != Coverage::skip)
            visit(Tile{mask, rows, columns, tile_queries, tile_keys, coverage == Coverage::full});
    }
}

/// Query rows of `tile` times `scale`, dense.
inline math::MatrixView scaled_rows(const math::ConstMatrixView& q, const Tile& tile, float scale, Scratch& scratch) {
    const auto scaled = scratch.view(tile.rows.size());
    math::as_eigen(scaled) = math::as_eigen(q.middle_rows(tile.rows.begin, tile.rows.size())) * scale;
    return scaled;
}

}  // namespace gridring::attention::eigen
