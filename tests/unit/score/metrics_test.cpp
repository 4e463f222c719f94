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

TEST_CASE("relative errors: the median, and weighted by the actuals") {
    const Values actual{100, 200, 400, none, 0}, forecast{110, 180, 500, 1, 50};
    check(median_ape(actual, forecast), 10, 3);
    check(median_ape(Values{100, 200, 400, 100}, Values{110, 180, 500, 170}), 17.5, 4);
    check(wape(actual, forecast), 100 * (10 + 20 + 100 + 50) / 700., 4);  // an actual of zero has its error
    CHECK(std::isnan(wape(Values{0, 0}, Values{1, 2}).value));
}

TEST_CASE("MASE is measured in the seasonal naive error of the history, and a flat history measures nothing") {
    const Values history{1, 2, 3, none, 3, 6};
    CHECK(seasonal_scale(history, 2) == doctest::Approx((2 + 0) / 2.));
    check(mase(Values{10, 20}, Values{11, 23}, .5), 4, 2);
    CHECK(std::isnan(seasonal_scale(Values{1, 2}, 2)));
    for (const double scale : {0., none, seasonal_scale(Values{4, 4, 4}, 1)}) {
        CHECK(std::isnan(mase(Values{1}, Values{2}, scale).value));
        CHECK(mase(Values{1}, Values{2}, scale).n == 0);
    }
}

TEST_CASE("the weighted quantile loss has its factor 2: of the median alone it is WAPE") {
    const Values actual{100, 300, none}, median{110, 270, 5};
    check(weighted_quantile_loss(actual, median, Values{.5}), 40 / 400., 2);
    const Values both{90, 120, 300, none, 1, 1};  // an hour without all levels does not count
    check(weighted_quantile_loss(actual, both, Values{.1, .9}), 2 * (1 + 2) / (100. * 2), 1);
    CHECK(std::isnan(weighted_quantile_loss(Values{0}, Values{1}, Values{.5}).value));
    CHECK_THROWS_AS(weighted_quantile_loss(actual, median, Values{.1, .9}), BugError);
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
    check(width(Values{1, none, 3}, Values{2, 5, 7}), 2.5, 2);
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
