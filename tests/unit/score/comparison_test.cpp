// SPDX-License-Identifier: MIT
#include "gridring/score/comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"

namespace gridring::score {
namespace {

using Values = std::vector<double>;

TEST_CASE("without lags it is the t test of the differences") {
    const auto found = diebold_mariano(Values{1, 2, 3, 4}, Values{0, 0, 0, 0}, 0);
    CHECK(found.n == 4);
    CHECK(found.mean_difference == doctest::Approx(2.5));
    CHECK(found.statistic == doctest::Approx(3.872983));
    CHECK(found.p_two_sided == doctest::Approx(0.030466).epsilon(1e-4));
    CHECK(found.p_first_better == doctest::Approx(1 - 0.015233).epsilon(1e-4));
}

TEST_CASE("a lag widens it by the covariance of neighbours") {
    CHECK(diebold_mariano(Values{1, 2, 3, 4}, Values{0, 0, 0, 0}, 1).statistic == doctest::Approx(4 * std::sqrt(.375)));
}

TEST_CASE("the lower loss is the better one, and the order only changes the sign") {
    const Values good{1, 1.2, .9, 1.1, 1, .8}, bad{1.5, 1.4, 1.6, 1.3, 1.8, 1.5};
    const auto found = diebold_mariano(good, bad, 1), swapped = diebold_mariano(bad, good, 1);
    CHECK(found.p_first_better < .01);
    CHECK(swapped.statistic == doctest::Approx(-found.statistic));
    CHECK(swapped.p_two_sided == doctest::Approx(found.p_two_sided));
}

TEST_CASE("of overlapping forecasts that are equally good it rejects about as often as it says") {
    Random random(3);
    int rejected = 0;
    constexpr int trials = 2000, n = 300, overlap = 3;
    for (int trial = 0; trial < trials; ++trial) {
        Values noise(n + overlap), difference(n);
        for (double& value : noise) value = random.uniform() - .5;
        for (std::size_t t = 0; t < n; ++t)
            for (std::size_t k = 0; k <= overlap; ++k) difference[t] += noise[t + k];
        rejected += diebold_mariano(difference, Values(n, 0.), overlap * 2).p_two_sided < .05;
    }
    CHECK(rejected > trials * .02);
    CHECK(rejected < trials * .1);
}

TEST_CASE("alike, apart by a constant, too few, or not there") {
    const auto alike = diebold_mariano(Values{1, 2, 3}, Values{1, 2, 3}, 0);
    CHECK(alike.statistic == 0);
    CHECK(alike.p_two_sided == 1);
    const auto apart = diebold_mariano(Values{1, 2, 3}, Values{2, 3, 4}, 0);
    CHECK(std::isinf(apart.statistic));
    CHECK(apart.p_first_better == 0);
    CHECK(diebold_mariano(Values{1, 2, 3}, Values{2, 2, 5}, 2).p_two_sided == 1);
    CHECK(diebold_mariano(Values{}, Values{}, 0).n == 0);
    CHECK(diebold_mariano(Values{1, std::numeric_limits<double>::quiet_NaN(), 3}, Values{0, 0, 0}, 0).n == 2);
    CHECK_THROWS_AS(diebold_mariano(Values{1}, Values{}, 0), BugError);
}

}  // namespace
}  // namespace gridring::score
