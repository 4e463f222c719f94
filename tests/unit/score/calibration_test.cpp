// SPDX-License-Identifier: MIT
#include "gridring/score/calibration.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/random.hpp"

namespace gridring::score {
namespace {

using Values = std::vector<double>;

TEST_CASE("the margin is the rank of a finite sample") {
    const Values actual{1, 2, 3, 4, 5, 6, 7, 8, 9}, zero(9, 0.), none(9, std::numeric_limits<double>::quiet_NaN());
    CHECK(conformal_margin(actual, zero, zero, .5) == 5);
    CHECK(conformal_margin(actual, zero, zero, .8) == 8);
    CHECK(conformal_margin(actual, zero, Values(9, 20.), .8) == -2);  // too wide: narrowed at both ends
    CHECK(std::isinf(conformal_margin(actual, zero, zero, .95)));     // nine hours promise no more than 90 %
    CHECK(std::isinf(conformal_margin(none, zero, zero, .5)));
}

TEST_CASE("one quantile alone: the rank of its own side") {
    const Values actual{1, 2, 3, 4, 5, 6, 7, 8, 9}, zero(9, 0.);
    CHECK(conformal_shift(actual, zero, .8) == 8);
    CHECK(conformal_shift(actual, zero, .2) == 2);  // eight of ten lie above
    CHECK(conformal_shift(actual, Values(9, 20.), .8) == -12);
    CHECK(conformal_shift(actual, zero, .95) == std::numeric_limits<double>::infinity());
    CHECK(conformal_shift(actual, zero, .05) == -std::numeric_limits<double>::infinity());
    Values gaps = actual;
    gaps[8] = std::numeric_limits<double>::quiet_NaN();
    CHECK(conformal_shift(gaps, zero, .8) == 8);  // of nine with the one to come
}

TEST_CASE("a band that was too narrow holds its level afterwards") {
    Random random(11);
    const auto draw = [&] { return Values{random.uniform(), random.uniform(), random.uniform(), random.uniform()}; };
    double share = 0;
    constexpr int trials = 400, hours = 200;
    for (int trial = 0; trial < trials; ++trial) {
        Values actual;
        while (actual.size() < hours + 4)
            for (const double value : draw()) actual.push_back(value * value * 10);
        const Values lower(hours, 2.), upper(hours, 3.);
        const double margin = conformal_margin(std::span(actual).first(hours), lower, upper, .9);
        for (std::size_t i = hours; i < hours + 4; ++i) share += actual[i] >= 2 - margin && actual[i] <= 3 + margin;
    }
    CHECK(share / (4 * trials) == doctest::Approx(.9).epsilon(.03));
}

}  // namespace
}  // namespace gridring::score
