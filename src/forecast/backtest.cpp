// SPDX-License-Identifier: MIT
#include "gridring/forecast/backtest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "forecast/results_frame.hpp"
#include "gridring/core/error.hpp"
#include "gridring/train/features.hpp"

namespace gridring::forecast {
namespace {

/// One origin: where its forecast goes, and at which position of its window it stands.
struct Origin {
    std::int64_t region, ordinal, position;
};
struct Window {
    train::Sequence sequence;
    std::vector<Origin> origins;
};

/// Covers the origins of every region with windows of `length` hours, starting with the last: an origin may sit
/// anywhere from position `least` on (or before it in a window that starts where the data do).
std::vector<Window> plan_windows(const std::vector<std::vector<std::int64_t>>& origins, std::int64_t length,
                                 std::int64_t least) {
    std::vector<Window> windows;
    for (std::size_t region = 0; region < origins.size(); ++region) {
        const auto& list = origins[region];
        const auto region_index = static_cast<std::int64_t>(region);
        for (auto ordinal = static_cast<std::int64_t>(list.size()) - 1; ordinal >= 0; --ordinal) {
            const std::int64_t hour = list[static_cast<std::size_t>(ordinal)];
            const bool fits = !windows.empty() && windows.back().sequence.region == region_index &&
                              (hour >= windows.back().sequence.first + least || windows.back().sequence.first == 0);
            if (!fits) windows.push_back({{region_index, std::max<std::int64_t>(0, hour + 1 - length)}, {}});
            windows.back().origins.push_back({region_index, ordinal, hour - windows.back().sequence.first});
        }
    }
    for (Window& window : windows) std::ranges::reverse(window.origins);  // as positions increase
    return windows;
}

/// Calls visit(origin) for the origins that `rank` holds, in the order of the model's forecasts.
template <class Visit>
void for_each_held(const ring::Partition& partition, int rank, std::span<const Window> batch, Visit&& visit) {
    const auto positions = partition.positions(rank);
    for (const Window& window : batch)
        for (const Origin& origin : window.origins)
            if (std::ranges::binary_search(positions, origin.position)) visit(origin);
}

/// Every lead from every origin of the windows; the batch is filled up with copies of the last that forecast nothing.
train::Asked questions(std::span<const Window> batch, std::int64_t batch_size, std::int64_t horizon,
                       std::vector<train::Sequence>& sequences) {
    train::Asked asked;
    sequences.clear();
    for (const Window& window : batch) {
        sequences.push_back(window.sequence);
        auto& positions = asked.origins.emplace_back();
        for (const Origin& origin : window.origins) positions.push_back(origin.position);
    }
    sequences.resize(static_cast<std::size_t>(batch_size), sequences.back());
    asked.origins.resize(static_cast<std::size_t>(batch_size));
    asked.leads = all_leads(horizon);
    return asked;
}

}  // namespace

store::Results results_frame(const model::Options& model, const series::Dataset& data,
                             const std::vector<std::vector<std::int64_t>>& origins) {
    store::Results results;
    results.regions = data.regions;
    results.horizon = model.horizon;
    results.quantiles = model.quantiles;
    std::size_t most = 0;
    for (const auto& list : origins) most = std::max(most, list.size());
    const auto leads = static_cast<std::size_t>(model.horizon);
    results.actual.assign(origins.size() * most * leads, std::numeric_limits<float>::quiet_NaN());
    results.forecast.assign(results.actual.size() * model.quantiles.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t region = 0; region < origins.size(); ++region) {
        auto& hours = results.origins.emplace_back();
        for (std::size_t o = 0; o < origins[region].size(); ++o) {
            const std::int64_t origin = origins[region][o];
            hours.push_back(data.hour_at(origin));
            for (std::size_t lead = 0; lead < leads; ++lead) {
                const auto target = origin + 1 + static_cast<std::int64_t>(lead);
                const auto r = static_cast<std::int64_t>(region);
                if (data.valid(r, target))
                    results.actual[(region * most + o) * leads + lead] = static_cast<float>(data.mw(r, target));
            }
        }
    }
    return results;
}

const float* enter_forecast(store::Results& results, const train::Features& features, std::int64_t region,
                            std::int64_t ordinal, std::int64_t origin, const float* scaled) {
    const std::int64_t count = results.horizon * std::ssize(results.quantiles);
    float* to = results.forecast.data() + (region * results.origin_count() + ordinal) * count;
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(features.unscale(region, origin, scaled[i]));
    return scaled + count;
}

std::vector<std::int64_t> all_leads(std::int64_t horizon) {
    std::vector<std::int64_t> leads(static_cast<std::size_t>(horizon));
    std::iota(leads.begin(), leads.end(), 1);
    return leads;
}

store::Results backtest(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                        const std::vector<std::vector<std::int64_t>>& origins, const Options& options) {
    expects(origins.size() == data.regions.size(), "one list of origins a region");
    for (const auto& list : origins)
        for (const std::int64_t hour : list)
            if (hour < 0 || hour >= data.hours)
                throw DataError(fmt::format("forecast origin {} lies outside the data of {} hours", hour, data.hours));
    if (options.is_rolling) return rolling_backtest(world, model, data, origins, options);
    const std::int64_t length = std::min(options.context_hours, data.hours);
    const std::int64_t horizon = model.options().horizon;
    const std::int64_t least = options.least_context > 0 ? std::min(options.least_context, length) - 1 : length / 2;
    const auto windows = plan_windows(origins, length, least);
    store::Results results = world.is_root() ? results_frame(model.options(), data, origins) : store::Results{};

    const auto batch_size = std::min<std::int64_t>(options.batch, static_cast<std::int64_t>(windows.size()));
    if (batch_size == 0) return results;
    ring::RingAttention attention(world, ring::Partition(options.partition, length, world.size()),
                                  model.attention_shape(batch_size), options.ring);
    const train::Features features(data, options.features, &model.baseline());
    model::Batch input;
    std::vector<train::Sequence> sequences;
    for (std::size_t begin = 0; begin < windows.size(); begin += static_cast<std::size_t>(batch_size)) {
        const std::size_t count = std::min(static_cast<std::size_t>(batch_size), windows.size() - begin);
        const std::span<const Window> batch(windows.data() + begin, count);
        const auto asked = questions(batch, batch_size, horizon, sequences);
        features.fill(input, sequences, attention.positions(), asked);
        const auto output = model.forward(input, attention);
        const auto gathered = world.gather(std::vector<float>(output.begin(), output.end()));
        if (!world.is_root()) continue;
        const float* next = gathered.data();
        for (int rank = 0; rank < world.size(); ++rank)
            for_each_held(attention.partition(), rank, batch, [&](const Origin& origin) {
                const std::int64_t hour =
                    origins[static_cast<std::size_t>(origin.region)][static_cast<std::size_t>(origin.ordinal)];
                next = enter_forecast(results, features, origin.region, origin.ordinal, hour, next);
            });
    }
    return results;
}

}  // namespace gridring::forecast
