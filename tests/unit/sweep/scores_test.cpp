// SPDX-License-Identifier: MIT
#include "gridring/sweep/scores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/random.hpp"

using namespace gridring;
using doctest::Approx;

namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// Two regions, `days` origins (the second region has one less), two leads, actuals of 100: the median is off by
/// `error` per cent and noise that depends on `seed`.
store::Results forecasts(double error, std::uint64_t seed, std::int64_t days = 60) {
    store::Results results;
    results.regions = {"A", "B"};
    results.horizon = 2;
    results.quantiles = {.1, .5};
    Random random(seed);
    for (std::int64_t region = 0; region < 2; ++region) {
        auto& origins = results.origins.emplace_back();
        for (std::int64_t day = 0; day < days; ++day) {
            const bool is_there = region == 0 || day + 1 < days;
            if (is_there) origins.push_back(from_epoch_hours(400000 + 24 * day));
            for (int lead = 0; lead < 2; ++lead) {
                results.actual.push_back(is_there ? 100.0f : none);
                results.forecast.push_back(is_there ? 7.0f : none);
                results.forecast.push_back(
                    is_there ? static_cast<float>(100 + error * static_cast<double>(region + 1) + 0.1 * random.normal())
                             : none);
            }
        }
    }
    return results;
}

sweep::Plan plan_of(const std::string& reference) {
    sweep::Plan plan;
    plan.axes = {{"context", {{"168", {}}, {"672", {}}}}, {"units", {{"x", {}}, {"y", {}}}}};
    plan.seeds = {1, 2};
    plan.judge.horizons = {1, 2, 24};
    if (!reference.empty()) plan.compare = {"context", reference};
    return plan;
}

/// Errors of 1 % at 168 and of 2 % at 672, twice that in B; the last member of the second seed is not done.
sweep::Summary summary_of(const sweep::Plan& plan) {
    std::vector<std::optional<sweep::MemberScores>> members;
    for (std::uint64_t seed : {1u, 2u})
        for (const double error : {1.0, 1.0, 2.0, 2.0}) {
            members.emplace_back(sweep::score(forecasts(error, seed), sweep::ranges_of(plan.judge)));
            members.back()->training_seconds = 10;
        }
    members.back().reset();
    return sweep::summarise(plan, std::move(members));
}

}  // namespace

TEST_CASE("a member is scored by its medians, over the hours that have an actual") {
    auto results = forecasts(1, 3);
    results.actual[0] = none;  // first origin of A, first lead
    results.actual[1] = 50;    // where the median is 101 or so
    const auto scores = sweep::score(results, {{1, 1}, {1, 2}, {1, 24}});
    CHECK(scores.tables[0][0].standings[0].n == 59);
    CHECK(scores.tables[1][0].standings[0].n == 119);
    CHECK(scores.tables[1][1].standings[0].n == 118);
    CHECK(scores.tables[0][0].standings[0].mape == Approx(1).epsilon(.1));
    CHECK(scores.tables[0][1].standings[0].mape == Approx(2).epsilon(.1));
    CHECK(scores.tables[0][2].region == "mean");
    CHECK(scores.tables[0][2].standings[0].mape == Approx(1.5).epsilon(.1));
    CHECK(std::isnan(scores.tables[0][0].standings[0].ape_by_origin[0]));
    CHECK(scores.tables[1][0].standings[0].ape_by_origin[0] == Approx(102).epsilon(.01));
    for (const auto& table : scores.tables[2]) {  // the model does not reach so far
        CHECK(table.standings[0].n == 0);
        CHECK(std::isnan(table.standings[0].mape));
    }
}

TEST_CASE("arms are compared with the reference at the same points of the other axes") {
    const auto plan = plan_of("672");
    const auto summary = summary_of(plan);
    CHECK(summary.regions == std::vector<std::string>{"A", "B", "mean"});
    REQUIRE(summary.arms.size() == 4);
    CHECK(sweep::mape_of(summary.arms[0], 1, 2).n == 2);
    CHECK(sweep::mape_of(summary.arms[0], 1, 2).mean == Approx(1.5).epsilon(.05));
    CHECK(sweep::mape_of(summary.arms[0], 1, 2).deviation < .1);
    CHECK(sweep::mape_of(summary.arms[3], 1, 2).n == 1);
    CHECK(std::isnan(sweep::mape_of(summary.arms[3], 1, 2).deviation));
    for (const std::size_t arm : {0u, 1u}) {  // the second has one seed in common with its reference
        const auto better = sweep::against_reference(summary, summary.arms[arm], 1, 2);
        REQUIRE(better);
        CHECK(better->mean_difference == Approx(-1.5).epsilon(.05));
        CHECK(better->p_two_sided < 1e-6);
        CHECK(better->n == 60);
    }
    CHECK(!sweep::against_reference(summary, summary.arms[2], 1, 2));
    const auto without_plan = plan_of("");
    const auto without = summary_of(without_plan);
    CHECK(!sweep::against_reference(without, without.arms[0], 1, 2));
}

TEST_CASE("errors are averaged over the seeds before they are compared") {
    auto plan = plan_of("672");
    plan.axes.pop_back();
    const auto of = [&](double error, std::uint64_t seed) {
        return std::optional(sweep::score(forecasts(error, seed), sweep::ranges_of(plan.judge)));
    };
    // One seed is as much better as the other is worse: nothing is left but noise.
    const auto summary = sweep::summarise(plan, {of(1, 1), of(2, 2), of(2, 3), of(1, 4)});
    const auto level = sweep::against_reference(summary, summary.arms[0], 1, 0);
    REQUIRE(level);
    CHECK(std::abs(level->mean_difference) < .1);
    CHECK(level->p_two_sided > .001);
}

TEST_CASE("forecasts from other days are not compared") {
    auto plan = plan_of("672");
    plan.axes.pop_back();
    plan.seeds = {1};
    const auto ranges = sweep::ranges_of(plan.judge);
    const auto summary =
        sweep::summarise(plan, {sweep::score(forecasts(1, 1, 50), ranges), sweep::score(forecasts(2, 1, 60), ranges)});
    CHECK(!sweep::against_reference(summary, summary.arms[0], 0, 2));
}

TEST_CASE("combinations that are left out have no scores and no line") {
    auto plan = plan_of("672");
    plan.exclude = {{{0, 0}, {1, 0}}};  // context=168,units=x
    const auto of = [&](double error) {
        return std::optional(sweep::score(forecasts(error, 1), sweep::ranges_of(plan.judge)));
    };
    const auto summary = sweep::summarise(plan, {of(1), of(2), of(2), of(1), of(2), of(2)});
    REQUIRE(summary.arms.size() == 4);
    CHECK(sweep::mape_of(summary.arms[0], 1, 0).n == 0);
    CHECK(sweep::mape_of(summary.arms[1], 1, 0).n == 2);
    CHECK(sweep::mape_of(summary.arms[1], 1, 0).mean == Approx(1).epsilon(.1));
    CHECK(sweep::mape_of(summary.arms[2], 1, 0).mean == Approx(2).epsilon(.1));
    CHECK(std::isnan(sweep::to_table(summary).scores[0].values[0]));
    CHECK(sweep::to_text(summary).find("context=168,units=x") == std::string::npos);
    CHECK(sweep::to_text(summary).find("context=168,units=y") != std::string::npos);
}

TEST_CASE("tables have a row or a cell for what is done, and nothing for what is not") {
    const auto plan = plan_of("672");
    const auto summary = summary_of(plan);
    const std::string csv = sweep::to_csv(summary);
    CHECK(csv.starts_with("context,units,seed,region,first_lead,horizon,n,mape,"));
    CHECK(std::ranges::count(csv, '\n') == 1 + 7 * 3 * 3);
    CHECK(csv.find("\n168,x,1,A,1,2,120,1.0") != std::string::npos);
    CHECK(csv.find("\n672,x,2,") != std::string::npos);
    CHECK(csv.find("\n672,y,2,") == std::string::npos);
    const std::string comparisons = sweep::comparisons_to_csv(summary);
    CHECK(std::ranges::count(comparisons, '\n') == 1 + 2 * 3 * 2);
    const auto table = sweep::to_table(summary);
    CHECK(table.scores[0].axes == std::vector<std::string>{"context", "units", "seed", "region", "horizon"});
    REQUIRE(table.scores[0].values.size() == 2 * 2 * 2 * 3 * 3);
    CHECK(table.scores[0].values[0] == Approx(1).epsilon(.1));
    CHECK(std::isnan(table.scores[0].values.back()));
    CHECK(table.scores.back().name == "dm_p");
    CHECK(table.scores.back().values.size() == 2 * 2 * 3 * 3);
    const std::string text = sweep::to_text(summary);
    CHECK(text.find("against context = 672") != std::string::npos);
    CHECK(text.find("0:2") == std::string::npos);
    CHECK(text.find("2:0") != std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
}
