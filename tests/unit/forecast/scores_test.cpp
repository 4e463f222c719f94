// SPDX-License-Identifier: MIT
#include "gridring/forecast/scores.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "support/small_grid.hpp"

using namespace gridring;

namespace {

constexpr std::int64_t hours = 400;

/// Forecasts that are the actual times `factor`, with a band of ± 10 %.
store::Results results_of(const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                          double factor) {
    store::Results results;
    results.regions = data.regions;
    results.quantiles = {0.05, 0.5, 0.95};
    for (std::size_t region = 0; region < origins.size(); ++region) {
        results.origins.emplace_back();
        for (const std::int64_t origin : origins[region]) {
            results.origins.back().push_back(data.hour_at(origin));
            for (std::int64_t lead = 1; lead <= 24; ++lead) {
                const auto r = static_cast<std::int64_t>(region);
                const double actual =
                    data.valid(r, origin + lead) ? data.mw(r, origin + lead) : std::numeric_limits<double>::quiet_NaN();
                results.actual.push_back(static_cast<float>(actual));
                for (const double band : {0.9, 1.0, 1.1})
                    results.forecast.push_back(static_cast<float>(factor * band * actual));
            }
        }
    }
    return results;
}

}  // namespace

TEST_CASE("scores use the same hours for model and naive forecasts") {
    const auto series = test::small_grid(hours);  // hours 200 … 204 of the first region are missing
    const auto data = series::prepare(series, 24);
    const std::vector<std::vector<std::int64_t>> origins{{191, 215, 359}, {191, 215, 359}};
    const auto scores = forecast::score(results_of(data, origins, 1.005), data, series);
    REQUIRE(scores.size() == 2);
    CHECK(scores[0].all.n ==
          72 - 5 - 5 - 5);  // missing as target, as the day before (224 …) and as the week before (368 …)
    CHECK(scores[1].all.n == 72);
    CHECK(scores[0].all.mape == doctest::Approx(0.5).epsilon(1e-3));
    CHECK(scores[0].all.coverage == 100);
    CHECK(scores[0].all.mape_naive24 > 0.5);
    CHECK(scores[0].beats_naive());
    CHECK_FALSE(scores[0].mape_operator.has_value());
    CHECK(scores[0].by_lead.size() == 24);
    std::int64_t by_hour = 0;
    for (const auto& row : scores[1].by_hour) by_hour += row.n;
    CHECK(by_hour == 72);
    CHECK(forecast::to_text(scores).find("ERCO          72      0.50") != std::string::npos);

    const auto poor = forecast::score(results_of(data, origins, 1.5), data, series);
    CHECK_FALSE(poor[0].beats_naive());
    CHECK(poor[0].all.coverage == 0);
}

TEST_CASE("the operator's forecast is scored where it exists and is positive") {
    auto series = test::small_grid(hours);
    store::SeriesVariable incumbent{
        "demand_forecast", "DF", "Day-ahead forecast", "MW", series.variables[0].values, {}, {}};
    for (double& value : incumbent.values) value *= 0.95;
    for (std::size_t t = 0; t < 230; ++t) incumbent.values[t] = t % 2 ? 0 : std::numeric_limits<double>::quiet_NaN();
    series.variables.push_back(incumbent);
    const auto data = series::prepare(series, 24);
    const auto scores = forecast::score(results_of(data, {{191, 215, 359}, {359}}, 1.0), data, series);
    CHECK(scores[0].n_operator == 10 + 24 - 5);
    CHECK(*scores[0].mape_operator == doctest::Approx(5.0));
    CHECK(scores[1].n_operator == 24);
}
