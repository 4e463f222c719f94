// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "gridring/series/flags.hpp"
#include "series/sorted_window.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

using Flags = std::vector<std::uint16_t>;

constexpr std::size_t hours = 3000, t = 1500;

/// Flags of [begin, end) are `expected`, and no other hour that was good without the fault is flagged.
void check_flagged_alone(const Flags& flags, std::size_t begin, std::size_t end, Flag expected) {
    const Flags calm = screen_published(test::calm_demand(hours));
    for (std::size_t i = 0; i < flags.size(); ++i) {
        CAPTURE(i);
        if (i >= begin && i < end)
            CHECK(flags[i] == expected);
        else
            CHECK((flags[i] == good || calm[i] != good));
    }
}

TEST_CASE("a grid that behaves is hardly ever flagged: below one hour in a thousand") {
    for (const double mean_mw : {30., 75'000.}) {
        const Flags flags = screen_published(test::calm_demand(2 * 8760, mean_mw, 7));
        CHECK(std::ranges::count(flags, good) > 2 * 8760 - 18);
    }
}

TEST_CASE("each kind of fault gets the flag of its kind, and only there") {
    auto mw = test::calm_demand(hours);
    SUBCASE("a missing hour") {
        mw[t] = test::missing_mw;
        check_flagged_alone(screen_published(mw), t, t + 1, missing);
    }
    SUBCASE("a day below zero") {
        std::fill_n(mw.begin() + t, 24, -5.);
        check_flagged_alone(screen_published(mw), t, t + 24, negative_or_zero);
    }
    SUBCASE("identical from the third hour on") {
        std::fill_n(mw.begin() + t, 6, mw[t]);
        check_flagged_alone(screen_published(mw), t + 2, t + 6, identical_run);
    }
    SUBCASE("twice the demand for three hours") {
        for (std::size_t i = t; i < t + 3; ++i) mw[i] *= 2;
        check_flagged_alone(screen_published(mw), t, t + 3, local_demand_up);
    }
    SUBCASE("a third of the demand for three hours") {
        for (std::size_t i = t; i < t + 3; ++i) mw[i] /= 3;
        check_flagged_alone(screen_published(mw), t, t + 3, local_demand_down);
    }
    SUBCASE("a step there and back") {
        mw[t] *= 1.17;
        check_flagged_alone(screen_published(mw), t, t + 1, delta);
    }
}

TEST_CASE("ten times the median takes its neighbours along, which the source has often mangled too") {
    auto mw = test::calm_demand(hours);
    mw[t] = 3'340'061;
    const Flags flags = screen_published(mw);
    CHECK(flags[t - 2] == good);
    CHECK(flags[t - 1] == global_demand_plus_minus);
    CHECK(flags[t] == global_demand);
    CHECK(flags[t + 1] == global_demand_plus_minus);
    CHECK(flags[t + 2] == good);
}

TEST_CASE("a step whose way back is hidden by a gap is a single delta") {
    auto mw = test::calm_demand(hours);
    mw[t] *= 1.45, mw[t + 1] *= 1.45;
    mw[t + 2] = test::missing_mw;
    const Flags flags = screen_published(mw);
    CHECK(flags[t] == single_delta);
    CHECK(flags[t + 1] == single_delta);
    CHECK(flags[t + 3] == good);
}

TEST_CASE("good hours among many bad ones are an anomalous region; a good day beside them is not") {
    auto mw = test::calm_demand(hours);
    for (std::size_t i = t; i < t + 48; i += 4) mw[i] = -1;
    const Flags flags = screen_published(mw);
    CHECK(flags[t + 4] == negative_or_zero);
    for (const std::size_t i : {t + 1, t + 2, t + 3, t + 21, t + 30, t + 43}) CHECK(flags[i] == anomalous_region);
    CHECK(flags[t - 1] == good);
    CHECK(flags[t + 45] == good);
}

TEST_CASE("series of nothing, of few hours and of gaps alone are screened for what they tell") {
    CHECK(screen_published({}).empty());
    CHECK(screen_published(std::vector<double>{5, -1, test::missing_mw, 0, 7, 6}) ==
          Flags{good, negative_or_zero, missing, negative_or_zero, good, good});
    CHECK(screen_published(std::vector<double>(60, test::missing_mw)) == Flags(60, missing));
}

TEST_CASE("hours that go up and down like a saw have no spread to measure a step by") {
    std::vector<double> mw;
    for (int hour = 0; hour < 480; ++hour) mw.push_back(2000 + hour % 24);
    CHECK(screen_published(mw) == Flags(480, good));
}

TEST_CASE("a sliding window knows the quantiles of what is in it") {
    std::vector<double> values = test::calm_demand(200);
    for (std::size_t i = 0; i < values.size(); i += 7) values[i] = test::missing_mw;
    for (std::size_t i = 100; i < 110; ++i) values[i] = 5;  // equal ones come and go one by one
    const std::size_t half = 12;
    const auto found = around_every_hour(values, half, [](const SortedWindow& window) { return window.quantile(.25); });
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<double> window;
        for (std::size_t j = i - std::min(i, half); j < std::min(i + half, values.size()); ++j)
            if (!std::isnan(values[j])) window.push_back(values[j]);
        std::ranges::sort(window);
        const double place = .25 * static_cast<double>(window.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const double expected =
            window[below] + (window[below + 1] - window[below]) * (place - static_cast<double>(below));
        CAPTURE(i);
        CHECK(found[i] == expected);
    }
}

}  // namespace
}  // namespace gridring::series
