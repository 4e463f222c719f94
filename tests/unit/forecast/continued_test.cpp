// SPDX-License-Identifier: MIT
#include "gridring/forecast/continued.hpp"

#include <doctest/doctest.h>

namespace gridring::forecast {
namespace {

/// Regions of `leads` hours; quantiles lie `distance` below and above the median of each.
store::Results block(std::int64_t leads, std::vector<float> medians, float distance) {
    store::Results results;
    results.regions = {"A", "B"};
    results.quantiles = {.1, .5, .9};
    results.horizon = leads;
    for (const float median : medians)
        for (std::int64_t lead = 0; lead < leads; ++lead) {
            results.actual.push_back(median);
            for (const float step : {-distance, 0.0f, distance}) results.forecast.push_back(median + step);
        }
    return results;
}

TEST_CASE("what is forecast from a forecast stands behind it, and its errors add up") {
    auto far = block(2, {100, 1000}, 3);
    continue_with(far, block(2, {200, 2000}, 4));
    CHECK(far.horizon == 4);
    CHECK(far.actual == std::vector<float>{100, 100, 200, 200, 1000, 1000, 2000, 2000});
    CHECK(far.forecast == std::vector<float>{97,  100,  103,  97,  100,  103,  195,  200,  205,  195,  200,  205,
                                             997, 1000, 1003, 997, 1000, 1003, 1995, 2000, 2005, 1995, 2000, 2005});
    keep_leads(far, 3);
    CHECK(far.horizon == 3);
    CHECK(far.actual == std::vector<float>{100, 100, 200, 1000, 1000, 2000});
    CHECK(far.forecast == std::vector<float>{97, 100, 103, 97, 100, 103, 195, 200, 205, 997, 1000, 1003, 997, 1000,
                                             1003, 1995, 2000, 2005});
}

}  // namespace
}  // namespace gridring::forecast
