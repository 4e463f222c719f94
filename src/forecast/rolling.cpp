// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <utility>

#include "forecast/cache_group.hpp"
#include "forecast/results_frame.hpp"
#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

/// Regions whose origins lie apart alike, so that their sequences grow together.
struct Group {
    std::vector<std::int64_t> regions;
    std::vector<std::int64_t> positions;  ///< of the origins, from the sequences' first hours on
};

std::vector<Group> group_regions(const std::vector<std::vector<std::int64_t>>& origins, const Options& options) {
    std::map<std::vector<std::int64_t>, std::vector<Group>> by_positions;
    for (std::size_t region = 0; region < origins.size(); ++region) {
        if (origins[region].empty()) continue;
        std::vector<std::int64_t> positions;
        const std::int64_t start = std::max<std::int64_t>(0, origins[region].front() + 1 - options.context_hours);
        for (const std::int64_t origin : origins[region]) positions.push_back(origin - start);
        auto& groups = by_positions[positions];
        if (groups.empty() || std::ssize(groups.back().regions) == options.batch) groups.push_back({{}, positions});
        groups.back().regions.push_back(static_cast<std::int64_t>(region));
    }
    std::vector<Group> all;
    for (auto& [positions, groups] : by_positions) std::ranges::move(groups, std::back_inserter(all));
    return all;
}

/// The regions of one group, origin by origin.
void roll(CacheGroup& caches, const Group& group, const train::Features& features,
          const std::vector<std::vector<std::int64_t>>& origins, bool is_root, store::Results& results) {
    for (std::size_t o = 0; o < group.positions.size(); ++o) {
        const auto all = caches.forecast(features, group.positions[o] + 1);
        if (!is_root) continue;
        caches.for_each_forecast(all, [&](std::size_t s, const float* next) {
            const std::int64_t region = group.regions[s];
            const std::int64_t origin = origins[static_cast<std::size_t>(region)][o];
            return enter_forecast(results, features, region, static_cast<std::int64_t>(o), origin, next);
        });
    }
}

}  // namespace

store::Results rolling_backtest(const comm::Communicator& world, model::EnergyTransformer& model,
                                const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                const Options& options) {
    store::Results results = world.is_root() ? results_frame(model.options(), data, origins) : store::Results{};
    const train::Features features(data, options.features, &model.baseline());
    for (const Group& group : group_regions(origins, options)) {
        std::vector<train::Sequence> sequences;
        for (const std::int64_t region : group.regions)
            sequences.push_back({region, origins[static_cast<std::size_t>(region)].front() - group.positions.front()});
        CacheGroup caches(world, model, options, std::move(sequences));
        roll(caches, group, features, origins, world.is_root(), results);
    }
    return results;
}

}  // namespace gridring::forecast
