// SPDX-License-Identifier: MIT
#include "attention/visibility.hpp"

#include <algorithm>

namespace gridring::attention {
namespace {

/// Rows at positions that lie in [first, last].
RowRange rows_within(Positions positions, std::int64_t first, std::int64_t last) {
    const auto begin = std::ranges::lower_bound(positions, first) - positions.begin();
    const auto end = std::ranges::upper_bound(positions, last) - positions.begin();
    return {begin, std::max<std::int64_t>(begin, end)};
}

PositionRange range_of(Positions positions) { return {positions.front(), positions.back()}; }

/// Positions are not always without gaps, so the ends of the tile do not tell.
bool is_any_seen(const Mask& mask, Positions queries, Positions keys) {
    const RowRange candidates = visible_queries(mask, range_of(keys), queries);
    for (std::int64_t i = candidates.begin; i < candidates.end; ++i) {
        const std::int64_t query = queries[static_cast<std::size_t>(i)];
        if (visible_keys(mask, {query, query}, keys).size() > 0) return true;
    }
    return false;
}

/// The farthest pairs see each other; so do all between.
bool is_all_seen(const Mask& mask, PositionRange queries, PositionRange keys) {
    return mask.sees(queries.first, keys.last) && mask.sees(queries.last, keys.first);
}

Coverage classify_segments(Segments queries, Segments keys) {
    const auto [q_min, q_max] = std::ranges::minmax(queries);
    const auto [k_min, k_max] = std::ranges::minmax(keys);
    if (q_max < k_min || k_max < q_min) return Coverage::skip;
    return q_min == q_max && k_min == k_max ? Coverage::full : Coverage::partial;
}

}  // namespace

RowRange visible_keys(const Mask& mask, PositionRange queries, Positions keys) {
    const auto size = static_cast<std::int64_t>(keys.size());
    if (mask.window == 0)
        return mask.is_causal ? rows_within(keys, keys.empty() ? 0 : keys.front(), queries.last) : RowRange{0, size};
    return rows_within(keys, queries.first - mask.reach() + 1,
                       mask.is_causal ? queries.last : queries.last + mask.reach() - 1);
}

RowRange visible_queries(const Mask& mask, PositionRange keys, Positions queries) {
    const auto size = static_cast<std::int64_t>(queries.size());
    if (mask.window == 0)
        return mask.is_causal ? rows_within(queries, keys.first, queries.empty() ? 0 : queries.back())
                              : RowRange{0, size};
    return rows_within(queries, mask.is_causal ? keys.first : keys.first - mask.reach() + 1,
                       keys.last + mask.reach() - 1);
}

Coverage classify(const Mask& mask, const TileRows& queries, const TileRows& keys) {
    if (queries.positions.empty() || keys.positions.empty()) return Coverage::skip;
    const auto segments =
        queries.segments.empty() ? Coverage::full : classify_segments(queries.segments, keys.segments);
    if (segments == Coverage::skip || !is_any_seen(mask, queries.positions, keys.positions)) return Coverage::skip;
    const bool is_full =
        segments == Coverage::full && is_all_seen(mask, range_of(queries.positions), range_of(keys.positions));
    return is_full ? Coverage::full : Coverage::partial;
}

}  // namespace gridring::attention
