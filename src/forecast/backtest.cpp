// SPDX-License-Identifier: MIT
#include "gridring/forecast/backtest.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "forecast/results_frame.hpp"
#include "forecast/windows.hpp"
#include "gridring/train/features.hpp"

namespace gridring::forecast {
namespace {

/// Calls visit(origin) for the origins that `rank` holds, in the order of the model's forecasts.
template <class Visit>
void for_each_held(const ring::Partition& partition, int rank, std::span<const Window> batch, Visit&& visit) {
    const auto positions = partition.positions(rank);
    for (const Window& window : batch)
        for (const Origin& origin : window.origins)
            if (std::ranges::binary_search(positions, origin.position)) visit(origin);
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
    if (options.is_rolling) {
        expect_inside(data, origins);
        return rolling_backtest(world, model, data, origins, options);
    }
    const auto windows = plan_windows(data, origins, options);
    const auto leads = all_leads(model.options().horizon);
    store::Results results = world.is_root() ? results_frame(model.options(), data, origins) : store::Results{};

    const auto batch_size = std::min<std::int64_t>(options.batch, static_cast<std::int64_t>(windows.size()));
    if (batch_size == 0) return results;
    ring::RingAttention attention(world, ring::Partition(options.partition, window_length(data, options), world.size()),
                                  model.attention_shape(batch_size), options.ring);
    const train::Features features(data, options.features, &model.baseline());
    model::Batch input;
    std::vector<train::Sequence> sequences;
    for (std::size_t begin = 0; begin < windows.size(); begin += static_cast<std::size_t>(batch_size)) {
        const std::size_t count = std::min(static_cast<std::size_t>(batch_size), windows.size() - begin);
        const std::span<const Window> batch(windows.data() + begin, count);
        const auto asked = questions(batch, batch_size, leads, sequences);
        features.fill(input, sequences, attention.positions(), asked, attention.team());
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
