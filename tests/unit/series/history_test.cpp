// SPDX-License-Identifier: MIT
#include "gridring/series/history.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "gridring/core/error.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

std::vector<double> waves(std::size_t hours) {
    std::vector<double> mw;
    for (std::size_t t = 0; t < hours; ++t) mw.push_back(1000 + 200 * std::sin(static_cast<double>(t) / 4));
    return mw;
}

TEST_CASE("ratio: a value is the logarithm of its ratio to the week before, and a scaled series looks the same") {
    auto mw = waves(400);
    const History history(prepare(test::series_of({mw}), 0), Units::ratio, 8760);
    double mean = 0;
    for (std::size_t t = 300 - 167; t <= 300; ++t) mean += mw[t] / 168;
    CHECK(history.relative(0, 300, 280) == doctest::Approx(std::log(mw[280] / mean) / 0.2).epsilon(1e-4));
    CHECK(history.unscale(0, 300, history.scale(0, 300, 1234.0)) == doctest::Approx(1234.0));
    for (double& value : mw) value *= 50;
    const History larger(prepare(test::series_of({mw}), 0), Units::ratio, 8760);
    for (const std::int64_t hour : {0, 5, 170, 300})
        CHECK(larger.relative(0, 300, hour) == doctest::Approx(history.relative(0, 300, hour)).epsilon(1e-4));
}

TEST_CASE("deviation: shift and scale of a series do not show, and it may be negative") {
    const auto mw = waves(900);
    auto moved = mw;
    for (double& value : moved) value = 3 * value + 4000;  // stays good demand: the screen is not what is tested
    const History history(prepare(test::series_of({mw}), 0), Units::deviation, 8760),
        other(prepare(test::series_of({moved}), 0), Units::deviation, 8760);
    double mean = 0, squares = 0;
    for (std::size_t t = 800 - 671; t <= 800; ++t) mean += mw[t] / 672, squares += mw[t] * mw[t] / 672;
    CHECK(history.scale(0, 800, 1100) - history.scale(0, 800, 1000) ==
          doctest::Approx(100 / std::sqrt(squares - mean * mean)).epsilon(1e-3));
    for (const std::int64_t hour : {500, 799})
        CHECK(other.relative(0, 800, hour) == doctest::Approx(history.relative(0, 800, hour)).epsilon(1e-3));
    CHECK(history.unscale(0, 800, history.scale(0, 800, -50.0)) == doctest::Approx(-50.0));
}

TEST_CASE("what comes after an origin changes nothing there") {
    auto mw = waves(600);
    const History before(prepare(test::series_of({mw}), 0), Units::deviation, 8760);
    for (std::size_t t = 401; t < mw.size(); ++t) mw[t] *= 3;
    const History after(prepare(test::series_of({mw}), 0), Units::deviation, 8760);
    for (const std::int64_t hour : {0, 100, 399, 400}) {
        CHECK(before.relative(0, 400, hour) == after.relative(0, 400, hour));
        CHECK(before.relative_mean(0, 400, hour, History::twelve_weeks) ==
              after.relative_mean(0, 400, hour, History::twelve_weeks));
    }
    CHECK(before.relative(0, 401, 401) != after.relative(0, 401, 401));
}

TEST_CASE("a shorter look back cuts the long means") {
    const auto data = prepare(test::series_of({waves(600)}), 0);
    const History history(data, Units::ratio, 168);
    CHECK(history.relative_mean(0, 500, 500, History::four_weeks) == 0);
    CHECK(History(data, Units::ratio, 8760).relative_mean(0, 500, 500, History::four_weeks) != 0);
}

}  // namespace
}  // namespace gridring::series
