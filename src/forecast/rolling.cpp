// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "forecast/results_frame.hpp"
#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t most_hours = 256;  // that enter the caches at a time

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

/// The regions of one group, hour by hour.
class Roll {
public:
    Roll(const comm::Communicator& world, model::EnergyTransformer& model, const train::Features& features,
         const std::vector<std::vector<std::int64_t>>& origins, const Group& group, const Options& options)
        : world_(world),
          model_(model),
          features_(features),
          origins_(origins),
          group_(group),
          caches_(world, model, std::ssize(group.regions),
                  {{true, options.context_hours}, 0, options.ring.backend, options.ring.threads}) {
        for (const std::int64_t region : group.regions)
            sequences_.push_back({region, origins[static_cast<std::size_t>(region)].front() - group.positions.front()});
        asked_.leads = all_leads(model.options().horizon);
    }

    void run(store::Results& results) {
        for (std::size_t o = 0; o < group_.positions.size(); ++o) {
            const std::int64_t end = group_.positions[o] + 1;
            while (end - caches_.hours() > most_hours) take_up(caches_.hours() + most_hours, false);
            const auto mine = take_up(end, true);
            const auto gathered = world_.gather(std::vector<float>(mine.begin(), mine.end()));
            if (world_.is_root()) enter(results, static_cast<std::int64_t>(o), gathered.data());
        }
    }

private:
    bool forecasts(std::int64_t sequence, int rank) const { return sequence % world_.size() == rank; }

    /// Hours up to `end`; the last is an origin, of which each rank forecasts its share of the sequences.
    std::span<const float> take_up(std::int64_t end, bool is_origin) {
        std::vector<std::int64_t> positions;
        for (std::int64_t position = caches_.hours(); position < end; ++position) positions.push_back(position);
        asked_.origins.assign(sequences_.size(), {});
        for (std::int64_t s = 0; is_origin && s < std::ssize(sequences_); ++s)
            if (forecasts(s, world_.rank())) asked_.origins[static_cast<std::size_t>(s)] = {end - 1};
        features_.fill(input_, sequences_, positions, asked_, caches_.team());
        return model_.append(input_, caches_);
    }

    void enter(store::Results& results, std::int64_t ordinal, const float* next) const {
        for (int rank = 0; rank < world_.size(); ++rank)
            for (std::int64_t s = 0; s < std::ssize(group_.regions); ++s) {
                if (!forecasts(s, rank)) continue;
                const std::int64_t region = group_.regions[static_cast<std::size_t>(s)];
                const std::int64_t origin =
                    origins_[static_cast<std::size_t>(region)][static_cast<std::size_t>(ordinal)];
                next = enter_forecast(results, features_, region, ordinal, origin, next);
            }
    }

    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    const train::Features& features_;
    const std::vector<std::vector<std::int64_t>>& origins_;
    const Group& group_;
    model::KeyValueCaches caches_;
    std::vector<train::Sequence> sequences_;
    train::Asked asked_;
    model::Batch input_;
};

}  // namespace

store::Results rolling_backtest(const comm::Communicator& world, model::EnergyTransformer& model,
                                const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                const Options& options) {
    store::Results results = world.is_root() ? results_frame(model.options(), data, origins) : store::Results{};
    const train::Features features(data, options.features, &model.baseline());
    for (const Group& group : group_regions(origins, options))
        Roll(world, model, features, origins, group, options).run(results);
    return results;
}

}  // namespace gridring::forecast
