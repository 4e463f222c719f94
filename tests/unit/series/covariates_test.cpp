// SPDX-License-Identifier: MIT
#include "gridring/series/covariates.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

using namespace gridring;
using namespace gridring::series;

namespace {

/// Demand of 100 hours, temperature of 110.
store::Series town() {
    auto mw = test::calm_demand(100);
    mw.resize(110, test::missing_mw);
    auto series = test::series_of({mw});
    store::SeriesVariable temperature{"temperature_c", "temp", "covariate temp", "degC", {}, {}, {}};
    for (int t = 0; t < 110; ++t) temperature.values.push_back(t == 50 ? test::missing_mw : t % 2 == 0 ? 10 : 20);
    temperature.flags = screen_missing(temperature.values);
    series.variables.push_back(std::move(temperature));
    return series;
}

float value(const Dataset& data, std::size_t hour) { return data.covariates[0].values[hour]; }

}  // namespace

TEST_CASE("what is known ahead reaches behind the demand, the rest ends with it") {
    auto series = town();
    const Dataset ahead = prepare(series, 10, {}, {{"temperature_c"}, {}});
    CHECK(ahead.hours == 100);
    CHECK(ahead.covariates[0].units == "degC");
    CHECK(value(ahead, 109) == 20);
    CHECK(std::isnan(value(ahead, 50)));
    CHECK(ahead.covariates[0].day_means[50] == doctest::Approx(15.217).epsilon(1e-4));  // 11 of 10, 12 of 20
    expect_known_ahead(ahead, 10);
    CHECK_THROWS_WITH_AS(expect_known_ahead(prepare(series, 12, {}, {{"temperature_c"}, {}}), 12),
                         doctest::Contains("temperature_c of A: expected a value for each of the 12 hours"), DataError);
    keep_hours_of(ahead, series);
    CHECK((series.hours == 100 && series.variables[1].values.size() == 100 && series.variables[1].flags.size() == 100));
    const Dataset known = prepare(town(), 10, {}, {{}, {"temperature_c"}});
    CHECK(known.hours == 100);
    CHECK(std::isnan(value(known, 105)));  // in the file, and not to be known
    expect_known_ahead(known, 10);
}

TEST_CASE("the scale is that of the training span, and goes with the model") {
    Dataset data = prepare(town(), 10, {}, {{"temperature_c"}, {}});
    fit_covariates(data, 2);
    CHECK(data.covariates[0].centre == 15);
    CHECK(data.covariates[0].unit == 5);
    Dataset other = prepare(town(), 0, {}, {{"temperature_c"}, {}});
    apply_scales(other, describe_scales(data));
    CHECK((other.covariates[0].centre == 15 && other.covariates[0].unit == 5));
    fit_covariates(data, 1);
    CHECK((data.covariates[0].centre == 10 && data.covariates[0].unit == 1));
    CHECK_THROWS_AS(apply_scales(other, ""), DataError);
    Dataset known = prepare(town(), 10, {}, {{}, {"temperature_c"}});
    CHECK_THROWS_WITH_AS(apply_scales(known, describe_scales(data)), doctest::Contains("trained with"), DataError);
}

TEST_CASE("covariates that are not there, and names that make no sense; the fingerprint knows covariates") {
    CHECK_THROWS_WITH_AS(prepare(town(), 0, {}, {{"rain"}, {}}), doctest::Contains("rain"), DataError);
    CHECK_THROWS_AS(prepare(town(), 0, {}, {{"demand"}, {}}), ConfigError);
    CHECK_THROWS_AS(prepare(town(), 0, {}, {{"temperature_c"}, {"temperature_c"}}), ConfigError);
    auto series = town();
    const CovariateNames names{{"temperature_c"}, {}};
    const auto before = fingerprint(prepare(series, 10, {}, names));
    series.variables[1].values[105] = 3;  // a forecast of the weather, renewed
    CHECK(fingerprint(prepare(series, 10, {}, names)) == before);
    series.variables[1].values[20] = 3;
    CHECK(fingerprint(prepare(series, 10, {}, names)) != before);
}

TEST_CASE("a variable issued a day ahead is known from its local hour on, for the whole local day") {
    auto series = town();
    series.regions[0].time_zone = "America/New_York";
    const Dataset data = prepare(series, 10, {}, {{}, {}, {{"temperature_c", 9}}});
    const LocalClock clock("America/New_York");
    const auto& covariate = data.covariates[0];
    REQUIRE(covariate.known_from.size() == 110);
    for (std::int64_t hour = 30; hour < 100; ++hour) {
        const auto origin = covariate.known_from[static_cast<std::size_t>(hour)];
        const auto begins = clock.at(data.hour_at(hour - 1)), issued = clock.at(data.hour_at(origin));
        CHECK(issued.hour == 9);
        CHECK(date_of(issued) + std::chrono::days{1} == date_of(begins));
        CHECK(covariate.is_known(static_cast<std::size_t>(hour), origin));
        CHECK_FALSE(covariate.is_known(static_cast<std::size_t>(hour), origin - 1));
    }
    Dataset plain = prepare(series, 10, {}, {{"temperature_c"}, {}});
    CHECK_THROWS_AS(apply_scales(plain, describe_scales(data)), DataError);
}
