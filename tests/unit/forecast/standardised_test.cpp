// SPDX-License-Identifier: MIT
#include "gridring/forecast/standardised.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("standardised errors: of whole windows, in population deviations of the training hours") {
    series::Dataset data;
    data.hours = 8, data.regions = {"A", "B"};
    // training hours 0 … 3: deviations 1 and 10; B has a hole in its test
    const std::vector<double> truth{-1, 1, -1, 1, 5, 6, 7, 8, -10, 10, -10, 10, 50, none, 70, 80};
    const Contest contest{data, {{3, 4, 5}, {3, 4, 5}}, truth, {{1, 3}}, 4};
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Entry entry{"x",
                      {{6, 6, 6, 6, 6, 6, 6, 6, nan}, {60, 60, 60, 60, 60, 60, 60, 60, nan}},  // [origin][lead]
                      {},
                      {}};
    const auto two = standardised(contest, entry, 2);  // origins 3, 4 and 5: hours 4 5, 5 6, 6 7
    CHECK(two.windows == 3);
    CHECK(two.mse == doctest::Approx((1 + 0 + 0 + 1 + 1 + 4 + 1 + 1 + 1 + 4) / 10.0));  // two hours of B are unknown
    CHECK(two.mae == doctest::Approx((1 + 0 + 0 + 1 + 1 + 2 + 1 + 1 + 1 + 2) / 10.0));
    const auto three = standardised(contest, entry, 3);  // the last origin has two hours of data after it
    CHECK(three.windows == 2);
    CHECK(three.mse == doctest::Approx((1 + 0 + 1 + 0 + 1 + 4 + 1 + 1 + 1 + 4) / 10.0));

    Contest flat = contest;
    flat.truth = std::vector<double>(16, 3.0);
    CHECK_THROWS_WITH_AS(standardised(flat, entry, 2), doctest::Contains("all the same"), DataError);
}

}  // namespace
}  // namespace gridring::forecast
