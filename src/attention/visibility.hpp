// SPDX-License-Identifier: MIT
#pragma once

// Which keys which queries see, decided for whole tiles at once: what every backend asks before it computes one.

#include <cstdint>

#include "gridring/attention/block_kernel.hpp"

namespace gridring::attention {

/// Rows [begin, end) of a block.
struct RowRange {
    std::int64_t begin = 0, end = 0;
    std::int64_t size() const { return end - begin; }
    bool operator==(const RowRange&) const = default;
};

/// Global positions first..last, both included.
struct PositionRange {
    std::int64_t first, last;
};

/// The rows of `keys` that the queries at the positions `queries` can see by `mask`. Exact for one query: its row of
/// the visible keys is this interval. For several it is where their intervals lie: no key outside is seen by any.
RowRange visible_keys(const Mask& mask, PositionRange queries, Positions keys);
/// The other way round: the rows of `queries` that can see any of the keys at the positions `keys`.
RowRange visible_queries(const Mask& mask, PositionRange keys, Positions queries);

/// Consecutive rows of a block.
struct TileRows {
    Positions positions;
    Segments segments;  ///< of these rows; empty = one sequence
};

enum class Coverage {
    skip,     ///< no query sees a key
    full,     ///< every query sees every key
    partial,  ///< ask for every query, or every element
};

/// Which of the three the tile of `queries` x `keys` is. Validity of keys is not looked at. Exact without segments and
/// for `full`; with segments a tile of which nothing is seen may come as `partial`, unless one side's ids all lie above
/// the other's, as those of packed sequences that follow each other do. A tile without rows or keys is skipped.
Coverage classify(const Mask& mask, const TileRows& queries, const TileRows& keys);

}  // namespace gridring::attention
