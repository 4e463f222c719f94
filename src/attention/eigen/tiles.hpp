// SPDX-License-Identifier: MIT
#pragma once

// A pass over one (query block, key block) pair goes tile by tile: keys outside, so that one gathered key tile stays in
// the cache for every query tile of every head of its group; queries inside.

#include <algorithm>
#include <cstdint>
#include <vector>

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

/// The valid keys and values of one key head, gathered into dense tiles: a missing hour costs no product and needs no
/// mask, and whatever garbage it holds is never read.
class KeyTiles {
public:
    /// Keys behind `last_query` are never gathered under a causal mask.
    KeyTiles(const KeyValueView& block, const Mask& mask, std::int64_t last_query)
        : block_(block),
          end_(mask.is_causal ? std::ranges::upper_bound(block.positions, last_query) - block.positions.begin()
                              : block.k.rows),
          k_(std::min(end_, key_tile), block.k.head_dim),
          v_(std::min(end_, key_tile), block.k.head_dim) {
        rows_.reserve(static_cast<std::size_t>(std::min(end_, key_tile)));
    }
    /// Starts over with key head g of sequence b.
    void rewind(std::int64_t b, std::int64_t g) { b_ = b, g_ = g, next_ = 0; }
    /// Gathers the next tile; false when no key is left.
    bool advance() {
        gather_rows();
        const auto k = block_.k.head(b_, g_), v = block_.v.head(b_, g_);
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const auto to = static_cast<std::int64_t>(i);
            std::copy_n(k.row(rows_[i]), k.cols, keys().row(to));
            std::copy_n(v.row(rows_[i]), v.cols, values().row(to));
        }
        return !rows_.empty();
    }
    std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
    math::MatrixView keys() { return k_.view(size()); }
    math::MatrixView values() { return v_.view(size()); }
    /// Row of the block from which key i of the tile came.
    std::int64_t row(std::int64_t i) const { return rows_[static_cast<std::size_t>(i)]; }
    std::int64_t position(std::int64_t i) const { return block_.positions[static_cast<std::size_t>(row(i))]; }
    /// How many keys of the tile, from its start, lie at or before `position`.
    std::int64_t count_until(std::int64_t position) const {
        return std::ranges::upper_bound(
                   rows_, position, {},
                   [&](std::int64_t at) { return block_.positions[static_cast<std::size_t>(at)]; }) -
               rows_.begin();
    }

private:
    void gather_rows() {
        rows_.clear();
        for (; next_ < end_ && size() < key_tile; ++next_)
            if (is_valid(next_)) rows_.push_back(next_);
    }
    bool is_valid(std::int64_t row) const {
        if (block_.validity.empty()) return true;
        const auto byte = block_.validity[static_cast<std::size_t>(b_ * validity_stride(block_.k.rows) + row / 8)];
        return (byte >> (row % 8) & 1) != 0;
    }

    const KeyValueView& block_;
    std::int64_t end_, b_ = 0, g_ = 0, next_ = 0;
    Scratch k_, v_;
    std::vector<std::int64_t> rows_;
};

/// One query tile against one key tile: which rows, and how many of the tile's keys each of them sees.
struct Tile {
    std::int64_t first, count;  ///< rows of the query block
    std::int64_t width;         ///< keys that its last row sees: the columns worth computing
    bool is_full;               ///< every row sees all `width` keys
};

/// Calls visit(tile) for the query tiles that see any of the keys in hand. Skipped tiles cost nothing.
template <class Visit>
void for_each_query_tile(Positions queries, const KeyTiles& keys, const Mask& mask, const Visit& visit) {
    const auto rows = static_cast<std::int64_t>(queries.size());
    const auto begin = mask.is_causal ? std::ranges::lower_bound(queries, keys.position(0)) - queries.begin() : 0;
    for (std::int64_t first = begin; first < rows; first += query_tile) {
        const std::int64_t count = std::min(query_tile, rows - first);
        const auto position_of = [&](std::int64_t l) { return queries[static_cast<std::size_t>(l)]; };
        const std::int64_t width = mask.is_causal ? keys.count_until(position_of(first + count - 1)) : keys.size();
        visit(Tile{first, count, width, !mask.is_causal || keys.position(width - 1) <= position_of(first)});
    }
}

/// Query rows of `tile` times `scale`, dense.
inline math::MatrixView scaled_rows(const math::ConstMatrixView& q, const Tile& tile, float scale, Scratch& scratch) {
    const auto scaled = scratch.view(tile.count);
    math::as_eigen(scaled) = math::as_eigen(q.middle_rows(tile.first, tile.count)) * scale;
    return scaled;
}

}  // namespace gridring::attention::eigen
