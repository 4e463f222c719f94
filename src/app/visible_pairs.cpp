// SPDX-License-Identifier: MIT
#include "app/visible_pairs.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace gridring::app {
namespace {

struct KeyRange {
    std::int64_t first, end;
};

KeyRange keys_near(const attention::Mask& mask, std::int64_t t, std::int64_t steps) {
    const bool has_window = mask.window > 0;
    const std::int64_t reach = std::min(mask.window, steps);
    return {has_window ? std::max<std::int64_t>(0, t - reach + 1) : 0,
            mask.is_causal ? t + 1 : (has_window ? std::min(steps, t + reach) : steps)};
}

/// Keys that each query of one sequence sees. Both ends of the range only move on, so the ids inside are counted as
/// they enter and leave.
std::vector<double> pairs_by_query(const attention::Mask& mask, std::int64_t steps, attention::Segments ids) {
    std::vector<double> pairs(static_cast<std::size_t>(steps));
    std::unordered_map<std::int32_t, std::int64_t> inside;
    const auto id = [&](std::int64_t t) { return ids[static_cast<std::size_t>(t)]; };
    KeyRange counted{0, 0};
    for (std::int64_t t = 0; t < steps; ++t) {
        const auto [first, end] = keys_near(mask, t, steps);
        auto& seen = pairs[static_cast<std::size_t>(t)];
        seen = static_cast<double>(end - first);
        if (ids.empty()) continue;
        for (; counted.end < end; ++counted.end) ++inside[id(counted.end)];
        for (; counted.first < first; ++counted.first) --inside[id(counted.first)];
        seen = static_cast<double>(inside[id(t)]);
    }
    return pairs;
}

}  // namespace

std::vector<double> visible_pairs(const ring::Partition& partition, const attention::Mask& mask, std::int64_t batch,
                                  attention::Segments segments) {
    const std::int64_t steps = partition.steps();
    std::vector<double> work(static_cast<std::size_t>(partition.ranks()));
    for (std::int64_t b = 0; b < (segments.empty() ? 1 : batch); ++b) {
        const auto ids = segments.empty()
                             ? segments
                             : segments.subspan(static_cast<std::size_t>(b * steps), static_cast<std::size_t>(steps));
        const auto pairs = pairs_by_query(mask, steps, ids);
        for (int rank = 0; rank < partition.ranks(); ++rank)
            for (const std::int64_t t : partition.positions(rank))
                work[static_cast<std::size_t>(rank)] += pairs[static_cast<std::size_t>(t)];
    }
    if (segments.empty())
        for (double& pairs : work) pairs *= static_cast<double>(batch);
    return work;
}

double imbalance(std::span<const double> work) {
    const double total = std::accumulate(work.begin(), work.end(), 0.0);
    return total > 0 ? *std::ranges::max_element(work) * static_cast<double>(work.size()) / total : 1.0;
}

double forward_flops(double pairs, const attention::Shape& shape) {
    return 4 * pairs * static_cast<double>(shape.heads * shape.head_dim);
}

}  // namespace gridring::app
