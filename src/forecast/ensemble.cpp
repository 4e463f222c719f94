// SPDX-License-Identifier: MIT
#include "gridring/forecast/ensemble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

/// Adds values / divisor, of every origin as many as `sum` has.
void add(std::vector<float>& sum, const std::vector<float>& values, std::size_t origins, float divisor) {
    for (std::size_t origin = 0; origin < origins; ++origin) {
        const float* from = values.data() + origin * (values.size() / origins);
        const std::size_t count = sum.size() / origins;
        float* to = sum.data() + origin * count;
        std::transform(from, from + count, to, to, [divisor](float x, float y) { return y + x / divisor; });
    }
}

void expect_alike(const store::Results& one, const store::Results& other) {
    if (one.quantiles != other.quantiles)
        throw ConfigError(fmt::format("expected models with the same quantiles, found [{}] and [{}]",
                                      fmt::join(one.quantiles, ", "), fmt::join(other.quantiles, ", ")));
    if (one.regions != other.regions || one.origins != other.origins)
        throw ConfigError("expected forecasts of the same regions from the same origins");
}

}  // namespace

store::Results ensemble(const std::vector<store::Results>& members) {
    const store::Results& first = members.front();
    store::Results mean;
    mean.variable = first.variable, mean.regions = first.regions, mean.origins = first.origins;
    mean.quantiles = first.quantiles, mean.attributes = first.attributes;
    mean.horizon = std::ranges::min(members, {}, &store::Results::horizon).horizon;
    const auto origins = first.actual.size() / static_cast<std::size_t>(first.horizon);
    mean.actual.resize(origins * static_cast<std::size_t>(mean.horizon));
    mean.forecast.resize(mean.actual.size() * mean.quantiles.size());
    add(mean.actual, first.actual, origins, 1);
    for (const store::Results& member : members) {
        expect_alike(first, member);
        add(mean.forecast, member.forecast, origins, static_cast<float>(members.size()));
    }
    return mean;
}

}  // namespace gridring::forecast
