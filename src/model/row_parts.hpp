// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>

#include "gridring/math/thread_team.hpp"

namespace gridring::model {

/// Rows that layers work on at a time, so that what they make of them stays in the second-level cache.
inline constexpr std::int64_t chunk_rows = 128;

/// Calls task(part, first, count) once for every thread of the team with its equal share of [0, rows), in whole
/// `unit`s.
template <class Task>
void for_each_part(math::ThreadTeam& team, std::int64_t rows, std::int64_t unit, const Task& task) {
    const std::int64_t parts = team.size(), units = (rows + unit - 1) / unit;
    team.run(parts, [&](std::int64_t part, int) {
        const std::int64_t first = units * part / parts * unit, end = std::min(rows, units * (part + 1) / parts * unit);
        if (first < end) task(static_cast<std::size_t>(part), first, end - first);
    });
}

/// Calls visit(part, first, count) for chunks of at most chunk_rows rows, each part's on one thread: what a part adds
/// up does not depend on which thread was free.
template <class Visit>
void for_each_chunk(math::ThreadTeam& team, std::int64_t rows, const Visit& visit) {
    constexpr std::int64_t tile_rows = 8;  // of products: a part that ends within one would have slow last rows
    for_each_part(team, rows, tile_rows, [&](std::size_t part, std::int64_t begin, std::int64_t all) {
        for (std::int64_t first = 0; first < all; first += chunk_rows)
            visit(part, begin + first, std::min(chunk_rows, all - first));
    });
}

/// Calls each of `jobs` once, on whatever threads are free: the longest first.
template <class... Jobs>
void run_all(math::ThreadTeam& team, const Jobs&... jobs) {
    const std::array<std::function<void()>, sizeof...(Jobs)> all{jobs...};
    team.run(std::ssize(all), [&](std::int64_t index, int) { all[static_cast<std::size_t>(index)](); });
}

}  // namespace gridring::model
