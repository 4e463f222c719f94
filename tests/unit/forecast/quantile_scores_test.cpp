// SPDX-License-Identifier: MIT
#include "gridring/forecast/quantile_scores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "support/toy_dataset.hpp"

namespace gridring::forecast {
namespace {

constexpr std::size_t last_lead = 48;

Contest contest_of(const series::Dataset& data, std::int64_t begin, std::int64_t end) {
    Contest contest{data, {}, data.actual_mw, {{1, 24}, {1, 48}, {25, 48}}, begin};
    for (std::int64_t region = 0; region < std::ssize(data.regions); ++region)
        contest.origins.push_back(series::midnight_origins(data, region, begin, end));
    return contest;
}

/// Quantiles that are `factors` times 1000 MW; of leads behind the first day, twice as far from it.
Entry entry_of(const Contest& contest, std::vector<double> levels, const std::vector<float>& factors) {
    Entry entry{"model", {}, std::move(levels), {}};
    for (const auto& origins : contest.origins) {
        entry.forecast.emplace_back(origins.size() * last_lead, 1000.f);
        auto& quantiles = entry.quantiles.emplace_back();
        for (std::size_t cell = 0; cell < origins.size() * last_lead; ++cell)
            for (const float factor : factors)
                quantiles.push_back(1000 + 1000 * (factor - 1) * (cell % last_lead < 24 ? 1.f : 2.f));
    }
    return entry;
}

/// Hours without an actual do not count, others are uniform in [900, 1100].
series::Dataset uniform_dataset(std::int64_t hours) {
    auto data = test::toy_dataset(hours, 2);
    Random random(5);
    for (double& mw : data.actual_mw) {
        const double value = 900 + 200 * random.uniform();
        if (!std::isnan(mw)) mw = value;
    }
    return data;
}

TEST_CASE("bands, pinball and weighted loss of quantiles that are known") {
    auto data = test::toy_dataset(480, 2);
    for (double& mw : data.actual_mw)
        if (!std::isnan(mw)) mw = 1040;
    const Contest contest = contest_of(data, 100, 480);
    const auto scores =
        judge_quantiles(contest, entry_of(contest, {.05, .25, .5, .75, .95}, {.9f, .97f, 1.f, 1.03f, 1.1f}));
    REQUIRE(scores.size() == 3);
    REQUIRE(scores[0].size() == 3);  // two regions and their mean
    const QuantileScore& day = scores[0][0];
    CHECK(day.n > 0);
    CHECK(day.n < static_cast<std::int64_t>(contest.origins[0].size() * 24));  // hours without an actual
    REQUIRE(day.bands.size() == 2);
    CHECK(day.bands[0].level == 50);
    CHECK(day.bands[0].coverage == 0);  // 1040 lies above 1030
    CHECK(day.bands[0].width_mw == doctest::Approx(60));
    CHECK(day.bands[1].coverage == 100);
    CHECK(day.bands[1].width_mw == doctest::Approx(200));
    CHECK(day.bands[1].width_percent == doctest::Approx(100 * 200. / 1040));
    const double losses[] = {.05 * 140, .25 * 70, .5 * 40, .75 * 10, .05 * 60};
    double mean = 0;
    for (std::size_t level = 0; level < 5; ++level) {
        CHECK(day.pinball_by_level_mw[level] == doctest::Approx(losses[level]));
        mean += losses[level] / 5;
    }
    CHECK(day.pinball_mw == doctest::Approx(mean));
    CHECK(day.weighted_quantile_loss == doctest::Approx(2 * mean / 1040));
    CHECK(scores[2][0].bands[0].coverage == 100);  // twice as wide on the second day
    CHECK(scores[2][0].bands[0].width_mw == doctest::Approx(120));
    CHECK(scores[0].back().region == "mean");
    CHECK(scores[0].back().n == scores[0][0].n + scores[0][1].n);
    CHECK(to_text(scores).find("25-48") != std::string::npos);
}

TEST_CASE("a forecast without quartiles has no 50 % band, one without quantiles no scores") {
    const auto data = test::toy_dataset(480, 2);
    const Contest contest = contest_of(data, 100, 480);
    const auto scores = judge_quantiles(contest, entry_of(contest, {.05, .5, .95}, {.9f, 1.f, 1.1f}));
    CHECK(std::isnan(scores[0][0].bands[0].coverage));
    CHECK_FALSE(std::isnan(scores[0][0].bands[1].coverage));
    Entry points = entry_of(contest, {}, {});
    CHECK(judge_quantiles(contest, points).empty());
}

TEST_CASE("calibration makes every quantile hold its share, of each range of leads apart") {
    const auto data = uniform_dataset(24 * 400);
    const Contest kept = contest_of(data, 200, 24 * 200), contest = contest_of(data, 24 * 200, 24 * 400);
    const std::vector<double> levels{.05, .25, .5, .75, .95};
    const std::vector<float> narrow{.99f, .999f, 1.f, 1.07f, 1.5f};  // the upper half is too wide
    const Entry before = entry_of(contest, levels, narrow);
    const Entry after = calibrated(before, contest, entry_of(kept, levels, narrow), kept, {{1, 24}, {25, 48}});
    const auto scores = judge_quantiles(contest, after), worse = judge_quantiles(contest, before);
    for (std::size_t range = 0; range < 3; ++range)
        for (std::size_t region = 0; region < 2; ++region) {
            CAPTURE(range);
            CHECK(scores[range][region].bands[0].coverage == doctest::Approx(50).epsilon(.05));
            CHECK(scores[range][region].bands[1].coverage == doctest::Approx(90).epsilon(.03));
            CHECK(scores[range][region].bands[1].width_mw == doctest::Approx(180).epsilon(.03));
            CHECK(scores[range][region].weighted_quantile_loss < worse[range][region].weighted_quantile_loss);
        }
    CHECK(after.forecast == before.forecast);
    for (std::size_t at = 0; at < after.quantiles[1].size(); at += levels.size()) {
        const auto row = std::span(after.quantiles[1]).subspan(at, levels.size());
        CHECK(std::ranges::is_sorted(row));
        CHECK(row[2] == 1000);
    }
}

TEST_CASE("calibration looks at nothing but its own days, and wants enough of them") {
    const auto data = uniform_dataset(24 * 60);
    const Contest kept = contest_of(data, 200, 24 * 40), contest = contest_of(data, 24 * 40, 24 * 60);
    const std::vector<double> levels{.05, .5, .95};
    const std::vector<float> factors{.9f, 1.f, 1.1f};
    Contest other = contest;
    for (double& mw : other.truth) mw = 1e6;
    const std::vector<LeadRange> ranges{{1, 24}, {25, 48}};
    CHECK(calibrated(entry_of(contest, levels, factors), contest, entry_of(kept, levels, factors), kept, ranges)
              .quantiles ==
          calibrated(entry_of(other, levels, factors), other, entry_of(kept, levels, factors), kept, ranges).quantiles);

    const std::vector<double> extreme{.0001, .5, .9999};
    CHECK_THROWS_WITH_AS(
        calibrated(entry_of(contest, extreme, factors), contest, entry_of(kept, extreme, factors), kept, ranges),
        doctest::Contains("calibration of A, 1-24 h ahead: too few hours"), DataError);
}

TEST_CASE("calibration online follows errors that grow, and knows nothing behind the origin") {
    auto data = uniform_dataset(24 * 700);
    const std::int64_t grown = 24 * 200, settled = 24 * 500;
    for (std::int64_t hour = grown; hour < data.hours; ++hour)
        for (std::int64_t region = 0; region < 2; ++region) {
            double& mw = data.actual_mw[static_cast<std::size_t>(region * data.hours + hour)];
            mw = 1000 + 2 * (mw - 1000);
        }
    const std::vector<double> levels{.05, .5, .95};
    const std::vector<LeadRange> ranges{{1, 24}, {25, 48}};
    const Contest contest = contest_of(data, 200, data.hours);
    const Entry before = entry_of(contest, levels, {.93f, 1.f, 1.2f});
    const auto after = calibrated_online(before, contest, ranges);
    CHECK(after.forecast == before.forecast);
    Contest late = contest;
    for (std::size_t at = 0; at < late.truth.size(); ++at)
        if (static_cast<std::int64_t>(at) % data.hours < settled) late.truth[at] = std::nan("");
    const auto mended = judge_quantiles(late, after), as_forecast = judge_quantiles(late, before);
    for (const std::size_t range : {std::size_t{0}, std::size_t{2}}) {
        CHECK(mended[range].back().bands[1].coverage == doctest::Approx(90).epsilon(.02));
        CHECK(std::abs(as_forecast[range].back().bands[1].coverage - 90) > 5);
    }
    Contest other = contest;
    const std::int64_t origin = contest.origins[0][100];
    for (std::size_t at = 0; at < other.truth.size(); ++at)
        if (static_cast<std::int64_t>(at) % data.hours > origin) other.truth[at] = 1e6;
    const Entry unknowing = calibrated_online(before, other, ranges);
    const auto same_until = std::ranges::mismatch(after.quantiles[0], unknowing.quantiles[0]).in1;
    CHECK(same_until - after.quantiles[0].begin() >= static_cast<std::ptrdiff_t>(101 * last_lead * levels.size()));
    CHECK(same_until != after.quantiles[0].end());
}

TEST_CASE("quantiles that calibration would cross meet") {
    const auto data = uniform_dataset(24 * 60);
    const Contest kept = contest_of(data, 200, 24 * 40), contest = contest_of(data, 24 * 40, 24 * 60);
    const std::vector<double> levels{.25, .5, .75};
    Entry validation = entry_of(kept, levels, {1.f, 1.f, 1.f}), entry = entry_of(contest, levels, {1.f, 1.f, 1.f});
    for (auto* some : {&validation, &entry})  // far too high a median: all actuals lie below both quartiles
        for (auto& region : some->forecast) std::ranges::fill(region, 800.f);
    for (auto* some : {&validation, &entry})
        for (auto& region : some->quantiles) std::ranges::fill(region, 800.f);
    const Entry after = calibrated(entry, contest, validation, kept, {{1, 24}, {25, 48}});
    for (std::size_t at = 0; at < after.quantiles[0].size(); at += 3) {
        CHECK(after.quantiles[0][at] == 800);  // wanted above the median
        CHECK(after.quantiles[0][at + 2] > 1000);
    }
}

}  // namespace
}  // namespace gridring::forecast
