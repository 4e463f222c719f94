// SPDX-License-Identifier: MIT
#include "gridring/forecast/contest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "support/toy_dataset.hpp"

namespace gridring::forecast {
namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// Everything it forecasts is `factor` times the truth, but for one hour that it has nothing for.
class Scaled final : public Forecaster {
public:
    Scaled(const Contest& contest, std::string name, float factor, std::int64_t gap = -1)
        : contest_(contest), name_(std::move(name)), factor_(factor), gap_(gap) {}
    std::string name() const override { return name_; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto target = origin + 1 + static_cast<std::int64_t>(i);
            if (target >= contest_.data.hours) continue;
            const auto at = static_cast<std::size_t>(region * contest_.data.hours + target);
            const float wobble = 1 + .001f * static_cast<float>(target % 7);
            out[i] = target == gap_ ? none : static_cast<float>(contest_.truth[at]) * factor_ * wobble;
        }
    }

private:
    const Contest& contest_;
    const std::string name_;
    const float factor_;
    const std::int64_t gap_;
};

Contest midnights(const series::Dataset& data, std::int64_t begin, std::vector<LeadRange> leads) {
    Contest contest{data, {}, data.actual_mw, std::move(leads), begin};
    for (std::int64_t region = 0; region < std::ssize(data.regions); ++region)
        contest.origins.push_back(series::midnight_origins(data, region, begin, data.hours));
    return contest;
}

TEST_CASE("all are judged by the hours that all have, and the better one is told from luck") {
    const auto data = test::toy_dataset(1200, 2);
    const Contest contest = midnights(data, 600, {{1, 24}, {1, 48}, {15, 38}});
    const auto origins = contest.origins[0].size();
    const std::vector<Entry> entries{enter(contest, Scaled(contest, "good", 1.01f)),
                                     enter(contest, Scaled(contest, "bad", 1.05f, 700)),
                                     enter(contest, Scaled(contest, "alike", 1.01f))};
    const auto tables = judge(contest, entries);
    REQUIRE(tables.size() == 3);
    REQUIRE(tables[0].size() == 2);
    const Table& day = tables[0][0];
    CHECK(day.leads.last == 24);
    CHECK(day.region == "A");
    REQUIRE(day.standings.size() == 3);
    for (const Standing& standing : day.standings) {
        CHECK(standing.n == day.standings[0].n);
        CHECK(standing.ape_by_origin.size() == origins);
    }
    CHECK(day.standings[0].n < static_cast<std::int64_t>(origins) * 24);  // gaps of the truth, and of "bad"
    CHECK(day.standings[0].mape == doctest::Approx(1.3).epsilon(.02));
    CHECK(day.standings[1].mape == doctest::Approx(5.3).epsilon(.02));
    CHECK(day.standings[1].mase > day.standings[0].mase);
    CHECK(day.standings[1].against_first.mean_difference == doctest::Approx(4).epsilon(.02));
    CHECK(day.standings[1].against_first.p_two_sided < 1e-6);
    CHECK(day.standings[2].against_first.p_two_sided == 1);

    const std::string text = to_text(tables);
    CHECK(text.find("MAPE %, 15 to 38 h ahead") != std::string::npos);
    CHECK(text.find("5.31*") != std::string::npos);
    CHECK(text.find("\nmean ") != std::string::npos);
    CHECK(text.find("\n  median APE %           1.3") != std::string::npos);
}

TEST_CASE("regions as one: means of scores, and days that are compared as such") {
    const auto data = test::toy_dataset(1200, 2);
    const Contest contest = midnights(data, 600, {{1, 24}});
    std::vector<Entry> entries{enter(contest, Scaled(contest, "good", 1.01f)),
                               enter(contest, Scaled(contest, "bad", 1.05f))};
    for (float& value : entries[1].forecast[1]) value *= 1.1f;
    auto of_range = judge(contest, entries)[0];
    of_range[1].standings[0].ape_by_origin[3] = std::nan("");
    const Table mean = mean_of(of_range);
    CHECK(mean.region == "mean");
    CHECK(mean.standings[1].n == of_range[0].standings[1].n + of_range[1].standings[1].n);
    CHECK(mean.standings[1].mape ==
          doctest::Approx((of_range[0].standings[1].mape + of_range[1].standings[1].mape) / 2));
    const auto& days = mean.standings[0].ape_by_origin;
    REQUIRE(days.size() == of_range[0].standings[0].ape_by_origin.size());
    CHECK(days[2] ==
          doctest::Approx((of_range[0].standings[0].ape_by_origin[2] + of_range[1].standings[0].ape_by_origin[2]) / 2));
    CHECK(days[3] == of_range[0].standings[0].ape_by_origin[3]);  // of those regions that have it
    CHECK(mean.standings[1].against_first.n == std::ssize(days));
    CHECK(mean.standings[1].against_first.p_two_sided < 1e-6);
    CHECK(compare(mean, 0, 1).mean_difference == doctest::Approx(-mean.standings[1].against_first.mean_difference));

    const std::string text = compare_text(of_range, "bad", "good");
    CHECK(text.find("1 to 24 h: bad 10.") == 0);
    CHECK(text.find("% more") != std::string::npos);
    CHECK(text.find("better in 0 of 2 regions (p < .01: better in 0, worse in 2)") != std::string::npos);
    CHECK_THROWS_WITH_AS(compare_text(of_range, "bad", "ugly"), doctest::Contains("(good, bad), found 'ugly'"),
                         ConfigError);
    CHECK(best_of_others(of_range) == "bad");
}

TEST_CASE("who has nothing of a region takes no part in it, and the others are judged all the same") {
    const auto data = test::toy_dataset(1200, 2);
    const Contest contest = midnights(data, 600, {{1, 24}});
    std::vector<Entry> entries{enter(contest, Scaled(contest, "good", 1.01f)),
                               enter(contest, Scaled(contest, "bad", 1.05f)),
                               enter(contest, Scaled(contest, "local", 1.00f))};
    std::ranges::fill(entries[2].forecast[1], none);
    const auto of_range = judge(contest, entries)[0];
    CHECK(of_range[0].standings[2].n == of_range[0].standings[0].n);
    CHECK(of_range[1].standings[2].n == 0);
    CHECK(of_range[1].standings[0].n > 0);
    CHECK(of_range[1].standings[1].mape == doctest::Approx(5.3).epsilon(.02));
    CHECK(of_range[1].standings[2].against_first.p_two_sided == 1);
    const Table mean = mean_of(of_range);
    CHECK(std::isnan(mean.standings[2].mape));
    CHECK_FALSE(std::isnan(mean.standings[1].mape));
    CHECK(best_of_others(of_range) == "bad");
    CHECK(to_text({of_range}).find("           - ") != std::string::npos);
}

TEST_CASE("a backtest enters with its medians and quantiles, up to the last lead that is judged") {
    const auto data = test::toy_dataset(1200, 2);
    Contest contest = midnights(data, 600, {{1, 24}});
    contest.origins[1].pop_back();  // the file pads it
    store::Results results;
    results.regions = data.regions;
    results.horizon = 30;
    results.quantiles = {.1, .5, .9};
    for (const auto& origins : contest.origins) {
        auto& hours = results.origins.emplace_back();
        for (const auto origin : origins) hours.push_back(data.hour_at(origin));
    }
    const std::size_t most = contest.origins[0].size();
    for (std::size_t cell = 0; cell < 2 * most * 30; ++cell)
        for (const float offset : {-.25f, 0.f, .25f}) results.forecast.push_back(static_cast<float>(cell) + offset);
    const Entry entry = enter(contest, "model", results);
    CHECK(entry.name == "model");
    CHECK(entry.levels == results.quantiles);
    REQUIRE(entry.forecast[0].size() == most * 24);
    REQUIRE(entry.forecast[1].size() == (most - 1) * 24);
    CHECK(entry.forecast[0][24 + 5] == 30 + 5);
    CHECK(entry.forecast[1][23] == static_cast<float>(most * 30 + 23));
    CHECK(entry.quantiles[1][23 * 3 + 2] == static_cast<float>(most * 30 + 23) + .25f);
    results.horizon = 23;
    CHECK_THROWS_AS(enter(contest, "model", results), BugError);
}

}  // namespace
}  // namespace gridring::forecast
