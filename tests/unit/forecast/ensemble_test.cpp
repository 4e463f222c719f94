// SPDX-License-Identifier: MIT
#include "gridring/forecast/ensemble.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

/// Two origins of one region; the forecast of each cell is `base` + 10 lead + quantile.
store::Results member(std::int64_t horizon, float base) {
    store::Results results;
    results.regions = {"A"};
    results.horizon = horizon;
    results.quantiles = {.1, .5, .9};
    results.origins = {{Hour{}, Hour{} + std::chrono::hours{24}}};
    for (std::int64_t origin = 0; origin < 2; ++origin)
        for (std::int64_t lead = 1; lead <= horizon; ++lead) {
            results.actual.push_back(static_cast<float>(100 * origin + lead));
            for (int quantile = 0; quantile < 3; ++quantile)
                results.forecast.push_back(base + 10 * static_cast<float>(lead) + static_cast<float>(quantile));
        }
    return results;
}

TEST_CASE("an ensemble is the mean of each quantile over the members that reach its lead") {
    const auto mean = ensemble({member(2, 200), member(3, 100)});
    CHECK(mean.horizon == 3);
    CHECK(mean.actual == std::vector<float>{1, 2, 3, 101, 102, 103});
    const std::vector<float> day{160, 161, 162, 170, 171, 172, 130, 131, 132};
    CHECK(std::equal(day.begin(), day.end(), mean.forecast.begin()));
    CHECK(std::equal(day.begin(), day.end(), mean.forecast.begin() + 9));
    CHECK(ensemble({member(3, 100)}).forecast == member(3, 100).forecast);
    auto other = member(3, 100);
    other.quantiles = {.05, .5, .95};
    CHECK_THROWS_WITH_AS(ensemble({member(3, 100), other}), doctest::Contains("the same quantiles"), ConfigError);
    other = member(3, 100);
    other.origins[0][1] += std::chrono::hours{1};
    CHECK_THROWS_AS(ensemble({member(3, 100), other}), ConfigError);
}

}  // namespace
}  // namespace gridring::forecast
