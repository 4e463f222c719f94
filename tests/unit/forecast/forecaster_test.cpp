// SPDX-License-Identifier: MIT
#include "gridring/forecast/forecaster.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/score/metrics.hpp"
#include "gridring/series/flags.hpp"
#include "support/small_grid.hpp"
#include "support/toy_dataset.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t hours = 6000;

/// Hour t has the value t: a forecast tells which hours it looked at.
series::Dataset counting_dataset() {
    auto data = test::toy_dataset(hours, 1);
    for (std::int64_t t = 0; t < hours; ++t) data.filled_mw[static_cast<std::size_t>(t)] = static_cast<float>(t);
    return data;
}

std::vector<float> forecast_of(const Forecaster& forecaster, std::int64_t origin, std::size_t horizon,
                               std::int64_t region = 0) {
    std::vector<float> out(horizon);
    forecaster.forecast(region, origin, out);
    return out;
}

double error_of(const Forecaster& forecaster, const series::Dataset& data, std::int64_t first_origin) {
    std::vector<double> actual, forecast;
    for (std::int64_t origin = first_origin; origin + 24 < data.hours; origin += 24) {
        const auto out = forecast_of(forecaster, origin, 24);
        for (std::int64_t lead = 1; lead <= 24; ++lead) {
            actual.push_back(data.valid(0, origin + lead) ? data.mw(0, origin + lead) : std::nan(""));
            forecast.push_back(static_cast<double>(out[static_cast<std::size_t>(lead - 1)]));
        }
    }
    return score::mape(actual, forecast).value;
}

TEST_CASE("a seasonal naive forecast is the last known season, further ahead the same again") {
    const auto data = counting_dataset();
    const auto day = seasonal_naive(data, 24), year = seasonal_naive(data, 24 * 364);
    const auto out = forecast_of(*day, 1000, 49);
    CHECK(out[0] == 1001 - 24);
    CHECK(out[23] == 1000);
    CHECK(out[24] == 1025 - 48);
    CHECK(out[48] == 1049 - 72);
    CHECK(day->name() == "naive-24h");
    CHECK(year->name() == "naive-364d");
    CHECK(forecast_of(*year, 1000, 1)[0] == 0);  // before the data: the first hour
}

TEST_CASE("four weeks: their mean, of hours that are known at the origin") {
    const auto data = counting_dataset();
    const auto out = forecast_of(*mean_of_four_weeks(data), 1000, 169);
    CHECK(out[0] == 1001 - (168 + 336 + 504 + 672) / 4.f);
    CHECK(out[168] == 1169 - (336 + 504 + 672 + 840) / 4.f);
}

TEST_CASE("ridge and boosting learn what the naive forecasts cannot") {
    const auto data = test::toy_dataset(hours, 1);
    const LearningSpan span{0, hours - 1500, hours - 800};
    const double naive = error_of(*seasonal_naive(data, 168), data, hours - 799);
    CHECK(error_of(*fit_ridge(data, span, 336, {{1, 24}}), data, hours - 799) < .75 * naive);
    CHECK(error_of(*fit_boosting(data, span, {{1, 24}}, 1), data, hours - 799) <
          naive);  // half a year is little for trees
}

TEST_CASE("no forecaster looks behind the origin: another future changes no bit") {
    constexpr std::int64_t few = 4000;
    const auto data = test::toy_dataset(few, 2);
    const LearningSpan span{0, few - 1500, few - 800};
    constexpr std::int64_t origin = few - 500;
    auto other = data;
    for (std::int64_t region = 0; region < 2; ++region)
        for (std::int64_t t = origin + 1; t < few; ++t) {
            const auto at = static_cast<std::size_t>(region * few + t);
            other.filled_mw[at] = 1e6f, other.actual_mw[at] = 1e6, other.is_valid[at] = 1;
        }
    const auto all_of = [&](const series::Dataset& some) {
        std::vector<std::unique_ptr<Forecaster>> all;
        all.push_back(seasonal_naive(some, 24));
        all.push_back(mean_of_four_weeks(some));
        all.push_back(fit_ridge(some, span, 168, {{1, 24}, {25, 48}}));
        all.push_back(fit_boosting(some, span, {{1, 24}, {25, 48}}, 1));
        return all;
    };
    const auto known = all_of(data), spiked = all_of(other);
    for (std::size_t i = 0; i < known.size(); ++i) {
        CAPTURE(known[i]->name());
        for (std::int64_t region = 0; region < 2; ++region)
            CHECK(forecast_of(*known[i], origin, 48, region) == forecast_of(*spiked[i], origin, 48, region));
    }
}

TEST_CASE("the operator's forecast is moved to its hours, and its zeros and stubs are none") {
    auto series = test::small_grid(24 * 200);
    const auto length = static_cast<std::size_t>(series.hours);
    auto forecast = series.variable("demand");
    forecast.name = "demand_forecast", forecast.source_code = "DF";
    for (std::size_t t = 0; t < forecast.values.size(); ++t)
        forecast.values[t] = 1.01 * series.variable("demand").values[(t + 1) % forecast.values.size()];
    forecast.values[2 * length - 50] = 0;
    std::erase_if(series.variables, [](const auto& variable) { return variable.name == "demand_forecast"; });
    series.variables.push_back(forecast);
    series::screen(series);
    const auto operators = operator_forecast(series);
    const auto out = forecast_of(*operators, 2000, 24, 1);
    for (std::size_t lead = 0; lead < 24; ++lead)
        CHECK(static_cast<double>(out[lead]) ==
              doctest::Approx(1.01 * series.variable("demand").values[length + 2001 + lead]).epsilon(1e-5));
    CHECK(std::isnan(forecast_of(*operators, series.hours - 50, 1, 1)[0]));
    CHECK(std::isnan(forecast_of(*operators, series.hours - 1, 1, 1)[0]));
}

TEST_CASE("boosting gets over a week without any load") {
    auto data = test::toy_dataset(3000, 1);
    for (std::size_t t = 1500; t < 1800; ++t) data.filled_mw[t] = 0, data.actual_mw[t] = 0;
    const auto boosting = fit_boosting(data, {0, 2200, 2500}, {{1, 24}}, 1);
    for (const std::int64_t origin : {1700, 1799, 1810, 2600})
        for (const float mw : forecast_of(*boosting, origin, 24)) CHECK(std::isfinite(mw));
}

TEST_CASE("too little to learn from is told") {
    const auto data = test::toy_dataset(1000, 1);
    const LearningSpan span{0, 700, 900};
    CHECK_THROWS_WITH_AS(fit_ridge(data, span, 672, {{1, 168}}),
                         doctest::Contains("needs more than 840 training hours of A"), DataError);
    CHECK_THROWS_WITH_AS(fit_boosting(data, span, {{1, 24}}, 1), doctest::Contains("no hour of A to learn from"),
                         DataError);
}

}  // namespace
}  // namespace gridring::forecast
