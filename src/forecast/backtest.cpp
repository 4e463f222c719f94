// SPDX-License-Identifier: MIT
#include "gridring/forecast/backtest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

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
/// anywhere in the later half of a window (or in the earlier half of one that starts where the data do).
std::vector<Window> plan_windows(const std::vector<std::vector<std::int64_t>>& origins, std::int64_t hours,
                                 std::int64_t length) {
    std::vector<Window> windows;
    for (std::size_t region = 0; region < origins.size(); ++region) {
        const auto& list = origins[region];
        const auto region_index = static_cast<std::int64_t>(region);
        for (auto ordinal = static_cast<std::int64_t>(list.size()) - 1; ordinal >= 0; --ordinal) {
            const std::int64_t hour = list[static_cast<std::size_t>(ordinal)];
            if (hour < 0 || hour >= hours)
                throw DataError(fmt::format("forecast origin {} lies outside the data of {} hours", hour, hours));
            const bool fits = !windows.empty() && windows.back().sequence.region == region_index &&
                              (hour >= windows.back().sequence.first + length / 2 ||
                               (windows.back().sequence.first == 0 && hour >= 0));
            if (!fits) windows.push_back({{region_index, std::max<std::int64_t>(0, hour + 1 - length)}, {}});
            windows.back().origins.push_back({region_index, ordinal, hour - windows.back().sequence.first});
        }
    }
    return windows;
}

/// The results' frame: origins as instants, actuals, quantiles still NaN.
store::Results frame(const model::Options& model, const series::Dataset& data,
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

/// Calls visit(window index in the batch, origin, local row) for the origins that `rank` holds, in an order every rank
/// can derive.
template <class Visit>
void for_each_held(const ring::Partition& partition, int rank, std::span<const Window> batch, Visit&& visit) {
    const auto positions = partition.positions(rank);
    for (std::size_t w = 0; w < batch.size(); ++w)
        for (const Origin& origin : batch[w].origins) {
            const auto found = std::ranges::lower_bound(positions, origin.position);
            if (found != positions.end() && *found == origin.position) visit(w, origin, found - positions.begin());
        }
}

}  // namespace

store::Results backtest(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                        const series::Scaler& scaler, const std::vector<std::vector<std::int64_t>>& origins,
                        const Options& options) {
    expects(origins.size() == data.regions.size(), "one list of origins a region");
    const std::int64_t length = std::min(options.context_hours, data.hours);
    const std::int64_t horizon = model.options().horizon;
    const auto quantiles = static_cast<std::int64_t>(model.options().quantiles.size());
    const std::int64_t values_per_row = horizon * quantiles;
    const auto windows = plan_windows(origins, data.hours, length);
    store::Results results = world.is_root() ? frame(model.options(), data, origins) : store::Results{};

    const auto batch_size = std::min<std::int64_t>(options.batch, static_cast<std::int64_t>(windows.size()));
    if (batch_size == 0) return results;
    ring::RingAttention attention(world, ring::Partition(options.partition, length, world.size()),
                                  model.attention_shape(batch_size), options.ring);
    const train::Features features(data, scaler, horizon);
    model::Batch input;
    for (std::size_t begin = 0; begin < windows.size(); begin += static_cast<std::size_t>(batch_size)) {
        const std::size_t count = std::min(static_cast<std::size_t>(batch_size), windows.size() - begin);
        const std::span<const Window> batch(windows.data() + begin, count);
        std::vector<train::Sequence> sequences;
        for (const Window& window : batch) sequences.push_back(window.sequence);
        while (static_cast<std::int64_t>(sequences.size()) < batch_size)
            sequences.push_back(sequences.back());  // fill the batch
        features.fill(input, sequences, attention.positions(), {0, data.hours});
        const auto output = model.forward(input, attention);

        std::vector<float> held;
        for_each_held(attention.partition(), world.rank(), batch, [&](std::size_t w, const Origin&, std::int64_t row) {
            const auto* values =
                output.data() + (static_cast<std::int64_t>(w) * attention.rows() + row) * values_per_row;
            held.insert(held.end(), values, values + values_per_row);
        });
        const auto gathered = world.gather(held);
        if (!world.is_root()) continue;
        const float* next = gathered.data();
        for (int rank = 0; rank < world.size(); ++rank)
            for_each_held(attention.partition(), rank, batch, [&](std::size_t, const Origin& origin, std::int64_t) {
                float* to = results.forecast.data() +
                            (origin.region * results.origin_count() + origin.ordinal) * values_per_row;
                for (std::int64_t i = 0; i < values_per_row; ++i)
                    to[i] = static_cast<float>(scaler.unscale(origin.region, static_cast<double>(next[i])));
                next += values_per_row;
            });
    }
    return results;
}

}  // namespace gridring::forecast
