// SPDX-License-Identifier: MIT
#include "gridring/source/synthetic_grid.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"

using namespace gridring;
using source::Grid, source::synthetic_grid;

namespace {

Hour hour(const char* text) { return *parse_hour(text); }

bool is_plain(double value, double typical) { return value > 0.4 * typical && value < 2 * typical; }

/// Mean absolute percentage error of `guess(i)` over the hours that are no gap and no wild value.
template <class Guess>
double mape(const std::vector<double>& actual, double typical, std::size_t from, Guess guess) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = from; i < actual.size(); ++i)
        if (const double expected = guess(i); is_plain(actual[i], typical) && is_plain(expected, typical)) {
            sum += std::abs(expected - actual[i]) / actual[i];
            ++count;
        }
    return 100 * sum / count;
}

double median(std::vector<double> values) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
}

}  // namespace

TEST_CASE("an hour depends on the seed, not on the span asked for") {
    const Grid wide = synthetic_grid(1, hour("2019-12-01T00"), hour("2020-03-01T00"));
    const Grid narrow = synthetic_grid(1, hour("2020-01-05T07"), hour("2020-01-09T12"));
    const Grid other = synthetic_grid(2, hour("2020-01-05T07"), hour("2020-01-09T12"));
    const auto shift = static_cast<std::size_t>((narrow.first - wide.first).count());
    std::size_t differing = 0, compared = 0;
    for (std::size_t r = 0; r < wide.respondents.size(); ++r)
        for (std::size_t q = 0; q < 4; ++q)
            for (std::size_t h = 0; h < static_cast<std::size_t>(narrow.hours); ++h) {
                const double a = wide.respondents[r].quantities[q].values[h + shift],
                             b = narrow.respondents[r].quantities[q].values[h];
                CHECK((a == b || (std::isnan(a) && std::isnan(b))));
                differing += b != other.respondents[r].quantities[q].values[h];
                ++compared;
            }
    CHECK(differing > compared * 9 / 10);
}

TEST_CASE("six authorities, each about as hard to forecast as real ones") {
    const Grid grid = synthetic_grid(1, hour("2018-01-01T00"), hour("2021-12-31T23"));
    REQUIRE(grid.respondents.size() == 6);
    for (const auto& respondent : grid.respondents) {
        CAPTURE(respondent.code);
        REQUIRE(respondent.quantities.size() == 4);
        const auto& load = respondent.quantities[0].values;
        const auto& forecast = respondent.quantities[1].values;
        const double typical = median(load);
        const double naive_24 = mape(load, typical, 168, [&](std::size_t i) { return load[i - 24]; });
        const double naive_168 = mape(load, typical, 168, [&](std::size_t i) { return load[i - 168]; });
        const double operators = mape(load, typical, 168, [&](std::size_t i) { return forecast[i]; });
        CHECK(naive_24 > 4.0);
        CHECK(naive_24 < 6.0);
        CHECK(naive_168 > 6.0);
        CHECK(naive_168 < 9.0);
        CHECK(operators > 1.8);
        CHECK(operators < 4.0);
        const auto gaps = std::ranges::count_if(load, [](double value) { return std::isnan(value); });
        const auto wild =
            std::ranges::count_if(load, [&](double value) { return !std::isnan(value) && !is_plain(value, typical); });
        CHECK(gaps > 10);
        CHECK(gaps < grid.hours / 100);
        CHECK(wild >= 1);
        CHECK(wild < 30);
    }
}

TEST_CASE("hours outside the synthetic years are refused") {
    CHECK_THROWS_AS(synthetic_grid(1, hour("2015-06-30T23"), hour("2016-01-01T00")), ConfigError);
    CHECK_THROWS_WITH_AS(synthetic_grid(1, hour("2020-01-01T00"), hour("2031-01-01T00")),
                         "the synthetic grid has the hours 2015-07-01T00 to 2030-12-31T23, and not 2031-01-01T00",
                         ConfigError);
    CHECK_THROWS_AS(synthetic_grid(1, hour("2020-01-02T00"), hour("2020-01-01T00")), ConfigError);
}
