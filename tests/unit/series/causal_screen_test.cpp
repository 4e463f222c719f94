// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

using Flags = std::vector<std::uint16_t>;

std::int64_t count_flagged(const Flags& flags, std::size_t from, std::size_t to) {
    return std::count_if(flags.begin() + static_cast<std::ptrdiff_t>(from),
                         flags.begin() + static_cast<std::ptrdiff_t>(to),
                         [](std::uint16_t flag) { return flag != good; });
}

TEST_CASE("a grid that behaves is hardly ever flagged: below one hour in a thousand") {
    for (const double mean_mw : {30., 2'500., 75'000.}) {
        const auto flags = screen_causal(test::calm_demand(2 * 8760, mean_mw, 7));
        CHECK(count_flagged(flags, 0, flags.size()) < 18);
    }
}

TEST_CASE("faults of the kinds found in EIA-930 are flagged, and the good hours right after them are not") {
    auto mw = test::calm_demand(3000);
    const auto calm = screen_causal(mw);
    const std::size_t t = 2000;
    REQUIRE(count_flagged(calm, t - 24, t + 72) == 0);
    std::size_t length = 1;
    std::uint16_t expected = spike;
    SUBCASE("a missing hour") { mw[t] = test::missing_mw, expected = missing; }
    SUBCASE("three million") { mw[t] = 3'340'061, expected = spike | out_of_range; }
    SUBCASE("a day and a half far below zero") {
        length = 32, expected = negative_or_zero;
        for (std::size_t i = t; i < t + length; ++i) mw[i] = -90'964 + static_cast<double>(i);
    }
    SUBCASE("zero") { mw[t] = 0, expected = negative_or_zero; }
    SUBCASE("three hours in the wrong unit") {
        length = 3, expected = spike | out_of_range;
        mw[t] = 14, mw[t + 1] = 91, mw[t + 2] = 96;
    }
    SUBCASE("five hours of a plant left out") {
        length = 5;
        for (std::size_t i = t; i < t + length; ++i) mw[i] *= .6;
    }
    SUBCASE("one hour a quarter too high") { mw[t] *= 1.25; }
    const auto flags = screen_causal(mw);
    for (std::size_t i = t; i < t + length; ++i) {
        CAPTURE(i);
        CHECK(flags[i] == expected);
    }
    CHECK(count_flagged(flags, t + length, t + length + 48) == 0);
}

TEST_CASE("a run of identical values is flagged from its third hour until it ends") {
    auto mw = test::calm_demand(3000);
    std::fill(mw.begin() + 2001, mw.begin() + 2060, mw[2000]);
    const auto flags = screen_causal(mw);
    CHECK((flags[2000] & identical_run) == 0);
    CHECK((flags[2001] & identical_run) == 0);
    for (std::size_t t = 2002; t < 2060; ++t) CHECK((flags[t] & identical_run) != 0);
    CHECK(count_flagged(flags, 2060, 2130) == 0);
}

TEST_CASE("the flag of an hour does not depend on later hours") {
    auto mw = test::calm_demand(2500);
    for (std::size_t t = 100; t < mw.size(); t += 97) mw[t] *= t % 2 == 0 ? 1.4 : .5;
    for (std::size_t t = 1200; t < 1500; ++t) mw[t] = test::missing_mw;
    const auto flags = screen_causal(mw);
    REQUIRE(count_flagged(flags, 1500, 2500) >= 8);
    for (std::size_t cut = 1; cut < mw.size(); cut += 41) {
        const auto early = screen_causal(std::span(mw).first(cut));
        CHECK(std::equal(early.begin(), early.end(), flags.begin()));
    }
}

TEST_CASE("a new level is believed within hours when near, within a day when far, within days when out of range") {
    auto mw = test::calm_demand(4000);
    double factor = 1;
    std::size_t hours = 0;
    SUBCASE("a town leaves") { factor = .64, hours = 6; }
    SUBCASE("a utility joins") { factor = 1.9, hours = 24; }
    SUBCASE("another unit") { factor = 8, hours = 8 * 24; }
    std::transform(mw.begin() + 2000, mw.end(), mw.begin() + 2000, [&](double value) { return factor * value; });
    const auto flags = screen_causal(mw);
    CHECK(flags[2000] != good);
    CHECK(count_flagged(flags, 2000 + hours, mw.size()) == 0);
}

TEST_CASE("a storm that builds up over a day and stays for three is not an error") {
    auto mw = test::calm_demand(3000);
    for (std::size_t t = 2000; t < 2120; ++t) {
        const double days = static_cast<double>(t - 2000) / 24;
        mw[t] *= 1 + .6 * std::min({1.0, days, 5 - days});
    }
    CHECK(count_flagged(screen_causal(mw), 2000, 2200) == 0);
}

TEST_CASE("a storm goes on through half a day without data") {
    auto mw = test::calm_demand(3000);
    for (std::size_t t = 2000; t < 2120; ++t) {
        const double days = static_cast<double>(t - 2000) / 24;
        mw[t] *= 1 + .6 * std::min({1.0, days, 5 - days});
    }
    std::fill(mw.begin() + 2012, mw.begin() + 2024, test::missing_mw);
    const auto flags = screen_causal(mw);
    CHECK(count_flagged(flags, 2000, 2012) == 0);
    CHECK(count_flagged(flags, 2024, 2200) == 0);
}

TEST_CASE("after three weeks without data the first hours are believed") {
    auto mw = test::calm_demand(3000);
    std::fill(mw.begin() + 2000, mw.begin() + 2504, test::missing_mw);
    const auto flags = screen_causal(mw);
    CHECK(count_flagged(flags, 2000, 2504) == 504);
    CHECK(count_flagged(flags, 2504, 3000) == 0);
}

TEST_CASE("short and empty series are screened too") {
    CHECK(screen_causal({}).empty());
    CHECK(screen_causal(std::vector<double>{5, -1, test::missing_mw, 0}) ==
          Flags{good, negative_or_zero, missing, negative_or_zero});
}

}  // namespace
}  // namespace gridring::series
