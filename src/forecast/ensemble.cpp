// SPDX-License-Identifier: MIT
#include "gridring/forecast/ensemble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

void expect_alike(const store::Results& one, const store::Results& other) {
    if (one.quantiles != other.quantiles)
        throw ConfigError(fmt::format("expected models with the same quantiles, found [{}] and [{}]",
                                      fmt::join(one.quantiles, ", "), fmt::join(other.quantiles, ", ")));
    if (one.regions != other.regions || one.origins != other.origins)
        throw ConfigError("expected forecasts of the same regions from the same origins");
}

}  // namespace

store::Results ensemble(const std::vector<store::Results>& members) {
    store::Results mean = *std::ranges::max_element(members, {}, &store::Results::horizon);
    std::ranges::fill(mean.forecast, 0.0f);
    const auto origins = static_cast<std::int64_t>(mean.actual.size()) / mean.horizon;
    const auto quantiles = std::ssize(mean.quantiles);
    for (const store::Results& member : members) {
        expect_alike(members.front(), member);
        for (std::int64_t lead = 0; lead < member.horizon; ++lead) {
            const auto sharing = std::ranges::count_if(members, [&](const auto& m) { return lead < m.horizon; });
            for (std::int64_t origin = 0; origin < origins; ++origin) {
                const float* from = member.forecast.data() + (origin * member.horizon + lead) * quantiles;
                float* to = mean.forecast.data() + (origin * mean.horizon + lead) * quantiles;
                for (std::int64_t q = 0; q < quantiles; ++q) to[q] += from[q] / static_cast<float>(sharing);
            }
        }
    }
    return mean;
}

}  // namespace gridring::forecast
