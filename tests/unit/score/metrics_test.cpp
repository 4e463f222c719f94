// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::score {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

void check(const Metric& found, double value, std::int64_t n) {
    CHECK(found.value == doctest::Approx(value));
    CHECK(found.n == n);
}

TEST_CASE("the metrics of three hours by hand") {
    const Values actual{100, 200, -50}, forecast{110, 180, -50};
    check(mape(actual, forecast), (10 + 10 + 0) / 3., 3);
    check(mae(actual, forecast), (10 + 20 + 0) / 3., 3);
    check(rmse(actual, forecast), std::sqrt((100 + 400 + 0) / 3.), 3);
}

TEST_CASE("pinball loss weighs too low by the level and too high by the rest") {
    check(pinball(Values{100}, Values{90}, .9), 9, 1);
    check(pinball(Values{100}, Values{110}, .9), 1, 1);
    check(pinball(Values{100, 100}, Values{90, 110}, .5), 5, 2);  // half the absolute error
    check(pinball(Values{7}, Values{7}, .1), 0, 1);
    for (const double level : {0., 1., -.5, none}) CHECK_THROWS_AS(pinball(Values{1}, Values{1}, level), BugError);
}

TEST_CASE("coverage counts actuals inside the band, its edges included") {
    check(coverage(Values{1, 2, 3, 4}, Values{1, 3, 0, 0}, Values{2, 4, 3, 3.9}), 50, 4);
    check(coverage(Values{1, none, 3, 4}, Values{0, 0, none, 0}, Values{2, 2, 4, none}), 100, 1);
}

TEST_CASE("a pair with a gap on either side does not count") {
    const Values actual{100, none, 300, none}, forecast{90, 5, none, none};
    check(mape(actual, forecast), 10, 1);
    check(mae(actual, forecast), 10, 1);
    check(rmse(actual, forecast), 10, 1);
    check(pinball(actual, forecast, .2), 2, 1);
}

TEST_CASE("an actual of zero has no relative error, but an absolute one") {
    const Values actual{0, 50}, forecast{10, 45};
    check(mape(actual, forecast), 10, 1);
    check(mae(actual, forecast), 7.5, 2);
}

TEST_CASE("nothing to score gives NaN and n = 0, not zero error") {
    for (const Values& values : {Values{}, Values{none, none}})
        for (const Metric& metric : {mape(values, values), mae(values, values), rmse(values, values),
                                     pinball(values, values, .5), coverage(values, values, values)}) {
            CHECK(std::isnan(metric.value));
            CHECK(metric.n == 0);
        }
}

TEST_CASE("an infinite forecast is an infinite error, not one left out") {
    const Values actual{100, 100}, forecast{100, std::numeric_limits<double>::infinity()};
    CHECK(std::isinf(mae(actual, forecast).value));
    CHECK(mape(actual, forecast).n == 2);
}

TEST_CASE("sequences of different length are a bug of the caller") {
    CHECK_THROWS_AS(mae(Values{1, 2}, Values{1}), BugError);
    CHECK_THROWS_AS(coverage(Values{1}, Values{1}, Values{}), BugError);
}

}  // namespace
}  // namespace gridring::score
