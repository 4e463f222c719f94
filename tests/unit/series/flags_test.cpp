// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "gridring/core/error.hpp"
#include "gridring/series/cleaning.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

TEST_CASE("the names of the flags follow their bits, the first six are those of version 1") {
    REQUIRE(flag_names().size() == 15);
    CHECK((1u << 14) == revised);
    CHECK(flag_names()[14] == "revised");
    CHECK(flag_names()[5] == "conflicting");
    CHECK(conflicting == 32);
    CHECK(flag_names()[8] == "local_demand_up");
    CHECK((1u << 8) == local_demand_up);
}

TEST_CASE("a revised hour is good; any other flag takes the trust away") {
    CHECK(is_good(good));
    CHECK(is_good(revised));
    for (int bit = 0; bit < 14; ++bit) CHECK_FALSE(is_good(static_cast<std::uint16_t>(1 << bit)));
    CHECK_FALSE(is_good(revised | missing));
}

store::Series small_grid() {
    auto series = test::series_of({test::calm_demand(500), test::calm_demand(500, 40'000)});
    series.variables[0].values[700] = 0;
    auto forecast = series.variables[0], interchange = series.variables[0];
    forecast.name = "demand_forecast";
    std::transform(forecast.values.begin(), forecast.values.end(), forecast.values.begin(),
                   [](double mw) { return mw * 1.01; });
    forecast.values[20] = series.variables[0].values[20];
    interchange.name = "total_interchange";
    std::transform(interchange.values.begin(), interchange.values.end(), interchange.values.begin(), std::negate<>());
    interchange.values[3] = test::missing_mw;
    series.variables.insert(series.variables.end(), {forecast, interchange});
    return series;
}

TEST_CASE("screening flags every variable by what may be asked of it, and keeps what came from the source") {
    auto series = small_grid();
    series.variables[0].flags.assign(1000, good);
    series.variables[0].flags[10] = conflicting | revised | spike;  // the spike is ours to judge anew

    screen(series);
    CHECK(series.flag_names == flag_names());
    const auto &demand = series.variables[0].flags, &forecast = series.variables[1].flags,
               &interchange = series.variables[2].flags;
    CHECK(demand[10] == (conflicting | revised));
    CHECK(demand[700] == negative_or_zero);
    CHECK(series.variables[0].values[700] == 0);
    CHECK(forecast[20] == stub);
    CHECK(forecast[700] == stub);  // zero forecast, zero demand
    CHECK(std::ranges::count(forecast, good) == 998);
    CHECK(interchange[3] == missing);
    CHECK(std::ranges::count(interchange, good) == 999);
    CHECK(series.variables[0].cleaned.empty());
}

TEST_CASE("cleaning goes beside the values, by the method asked for and named") {
    auto series = small_grid();
    screen(series);
    const auto received = series.variables[0].values;
    clean(series, Cleaning::drop);
    const auto& demand = series.variables[0];
    CHECK(demand.cleaning_method == "drop");
    CHECK(std::isnan(demand.cleaned[700]));
    CHECK(demand.cleaned[701] == received[701]);
    clean(series, Cleaning::fill);
    CHECK(demand.cleaning_method == "fill");
    CHECK(demand.cleaned[700] == received[700 - 168]);
    CHECK(demand.values == received);
    clean(series, Cleaning::none);
    CHECK(demand.cleaned.empty());
    CHECK(demand.cleaning_method.empty());
    CHECK_THROWS_WITH_AS(parse_cleaning("mend"), doctest::Contains("drop or fill"), ConfigError);
}

TEST_CASE("a row without one good hour is cleaned to nothing at all") {
    const std::vector<double> row(3, test::missing_mw);
    for (const double value : clean_region(row, screen_missing(row), Cleaning::fill)) CHECK(std::isnan(value));
}

}  // namespace
}  // namespace gridring::series
