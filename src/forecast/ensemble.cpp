// SPDX-License-Identifier: MIT
#include "gridring/forecast/ensemble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

/// The first `leads` of every origin's cells of `width` values.
std::vector<float> first_leads(const std::vector<float>& values, std::int64_t horizon, std::int64_t leads,
                               std::int64_t width) {
    std::vector<float> kept;
    for (auto origin = values.begin(); origin != values.end(); origin += horizon * width)
        kept.insert(kept.end(), origin, origin + leads * width);
    return kept;
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
    store::Results mean = members.front();
    mean.horizon = std::ranges::min(members, {}, &store::Results::horizon).horizon;
    mean.actual = first_leads(members.front().actual, members.front().horizon, mean.horizon, 1);
    mean.forecast.assign(mean.actual.size() * mean.quantiles.size(), 0.0f);
    for (const store::Results& member : members) {
        expect_alike(members.front(), member);
        const auto forecast = first_leads(member.forecast, member.horizon, mean.horizon, std::ssize(member.quantiles));
        for (std::size_t i = 0; i < forecast.size(); ++i)
            mean.forecast[i] += forecast[i] / static_cast<float>(members.size());
    }
    return mean;
}

}  // namespace gridring::forecast
