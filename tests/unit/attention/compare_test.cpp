// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "support/compare.hpp"

using gridring::test::distance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

}  // namespace

TEST_CASE("the comparator measures") {
    CHECK(distance(Values{1, 2, 3}, Values{1, 2, 3}).max_abs == 0);
    CHECK(distance(Values{1, 2, 3}, Values{1, 2, 2.5}).max_abs == 0.5);
    CHECK(distance(Values{3, 5}, Values{3, 4}).relative_l2() == doctest::Approx(0.2));
    CHECK(distance(std::vector<float>{}, Values{}).max_abs == 0);
}

TEST_CASE("the comparator lets no NaN, lone infinity or missing value pass") {
    const std::pair<Values, Values> bad[] = {{{1, not_a_number}, {1, 2}},
                                             {{1, 2}, {not_a_number, 2}},
                                             {{not_a_number}, {not_a_number}},
                                             {{infinity}, {1}},
                                             {{0}, {-infinity}},
                                             {{infinity}, {-infinity}},
                                             {{1}, {1, 2}}};
    for (const auto& [actual, expected] : bad) {
        CHECK_FALSE(distance(actual, expected).max_abs < 1e300);
        CHECK_FALSE(distance(actual, expected).relative_l2() < 1e300);
    }
    CHECK_FALSE(distance(Values{1e-9}, Values{0}).relative_l2() < 1e300);
    CHECK(distance(Values{-infinity, 1}, Values{-infinity, 1}).max_abs == 0);  // log-sum-exp of a row without a key
}
