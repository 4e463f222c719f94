// SPDX-License-Identifier: MIT
#include "forecast/cache_group.hpp"

#include <utility>

#include "forecast/results_frame.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t most_hours = 256;  // that enter the caches at a time

}  // namespace

CacheGroup::CacheGroup(const comm::Communicator& world, model::EnergyTransformer& model, const Options& options,
                       std::vector<train::Sequence> sequences)
    : world_(world),
      model_(model),
      sequences_(std::move(sequences)),
      caches_(world, model, std::ssize(sequences_),
              {{true, options.context_hours}, 0, options.ring.backend, options.ring.threads}) {
    asked_.leads = all_leads(model.options().horizon);
}

std::vector<float> CacheGroup::forecast(const train::Features& features, std::int64_t end) {
    while (end - hours() > most_hours) append(features, hours() + most_hours, false);
    const auto mine = append(features, end, true);
    return world_.gather(std::vector<float>(mine.begin(), mine.end()));
}

/// Hours up to `end`; where the last is an origin, each rank forecasts its share of the sequences from it.
std::span<const float> CacheGroup::append(const train::Features& features, std::int64_t end, bool is_origin) {
    std::vector<std::int64_t> positions;
    for (std::int64_t position = hours(); position < end; ++position) positions.push_back(position);
    asked_.origins.assign(sequences_.size(), {});
    for (std::int64_t s = world_.rank(); is_origin && s < std::ssize(sequences_); s += world_.size())
        asked_.origins[static_cast<std::size_t>(s)] = {end - 1};
    features.fill(input_, sequences_, positions, asked_, caches_.team());
    return model_.append(input_, caches_);
}

}  // namespace gridring::forecast
