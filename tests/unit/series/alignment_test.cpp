// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "gridring/series/alignment.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

constexpr std::int64_t year = 8760;
const Hour start = *parse_hour("2021-01-01T00");

/// A forecast 2 % off at random, whose hours [begin, end) stand `late` hours too late.
std::vector<double> forecast_of(const std::vector<double>& demand, std::size_t begin, std::size_t end, int late) {
    Random random(3);
    std::vector<double> forecast;
    for (std::size_t t = 0; t < demand.size(); ++t) {
        const auto from = static_cast<std::int64_t>(t) - (t >= begin && t < end ? late : 0);
        const auto at = static_cast<std::size_t>(std::clamp<std::int64_t>(from, 0, std::ssize(demand) - 1));
        forecast.push_back(demand[at] * (1 + .02 * random.normal()));
    }
    return forecast;
}

TEST_CASE("a forecast that stands beside the wrong hours for months is found, to the day") {
    const auto demand = test::calm_demand(year);
    constexpr std::size_t begin = 2000, end = 5000;
    for (const int late : {-24, -1, 1, 24}) {
        CAPTURE(late);
        const auto found = audit_alignment(start, demand, {}, forecast_of(demand, begin, end, late));
        REQUIRE(found.size() == 1);
        CHECK(found[0].shift_hours == -late);
        CHECK(std::abs((found[0].first - start).count() - static_cast<std::int64_t>(begin)) < 48);
        CHECK(std::abs((found[0].last - start).count() - static_cast<std::int64_t>(end)) < 48);
        CHECK(found[0].error > found[0].error_shifted / .85);
        CHECK(found[0].error_shifted == doctest::Approx(1.6).epsilon(.1));  // mean of |N(0, 2 %)|
    }
}

TEST_CASE("no alarm for a forecast that fits, for three weeks, or for want of a forecast") {
    const auto demand = test::calm_demand(year);
    CHECK(audit_alignment(start, demand, {}, forecast_of(demand, 0, 0, 0)).empty());
    CHECK(audit_alignment(start, demand, {}, forecast_of(demand, 2000, 2500, 1)).empty());
    CHECK(audit_alignment(start, demand, {}, std::vector<double>(demand.size(), test::missing_mw)).empty());
    CHECK(audit_alignment(start, {}, {}, {}).empty());
}

TEST_CASE("flagged demand has no say, and regions are told apart") {
    auto series = test::series_of({test::calm_demand(year), test::calm_demand(year, 900, 2)});
    auto forecast = series.variables[0];
    forecast.name = "demand_forecast";
    const auto shifted = forecast_of(test::calm_demand(year, 900, 2), 0, 4000, 1);
    std::ranges::copy(shifted, forecast.values.begin() + year);
    series.variables.push_back(forecast);
    const auto found = audit_alignment(series);
    REQUIRE(found.size() == 1);
    CHECK(found[0].region == "B");
    CHECK(found[0].stretch.shift_hours == -1);
    series.variables[0].flags.assign(2 * year, missing);
    CHECK(audit_alignment(series).empty());
}

}  // namespace
}  // namespace gridring::series
