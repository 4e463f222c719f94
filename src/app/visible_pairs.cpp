// SPDX-License-Identifier: MIT
#include "app/visible_pairs.hpp"

#include <algorithm>
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
std::vector<double> pairs_by_query(const attention::Mask& mask, attention::Segments ids) {
    const std::int64_t steps = std::ssize(ids);
    std::vector<double> pairs;
    std::unordered_map<std::int32_t, std::int64_t> inside;
    KeyRange counted{0, 0};
    for (std::int64_t t = 0; t < steps; ++t) {
        const auto [first, end] = keys_near(mask, t, steps);
        for (; counted.end < end; ++counted.end) ++inside[ids[static_cast<std::size_t>(counted.end)]];
        for (; counted.first < first; ++counted.first) --inside[ids[static_cast<std::size_t>(counted.first)]];
        pairs.push_back(static_cast<double>(inside[ids[static_cast<std::size_t>(t)]]));
    }
    return pairs;
}

}  // namespace

std::vector<double> visible_pairs(const ring::Partition& partition, const attention::Mask& mask, std::int64_t batch,
                                  attention::Segments segments) {
    if (segments.empty()) {
        auto work = ring::work_per_rank(partition, mask);
        for (double& pairs : work) pairs *= static_cast<double>(batch);
        return work;
    }
    const std::int64_t steps = partition.steps();
    std::vector<double> work(static_cast<std::size_t>(partition.ranks()));
    for (std::int64_t b = 0; b < batch; ++b) {
        const auto pairs = pairs_by_query(
            mask, segments.subspan(static_cast<std::size_t>(b * steps), static_cast<std::size_t>(steps)));
        for (int rank = 0; rank < partition.ranks(); ++rank)
            for (const std::int64_t t : partition.positions(rank))
                work[static_cast<std::size_t>(rank)] += pairs[static_cast<std::size_t>(t)];
    }
    return work;
}

double forward_flops(double pairs, const attention::Shape& shape) {
    return 4 * pairs * static_cast<double>(shape.heads * shape.head_dim);
}

}  // namespace gridring::app
