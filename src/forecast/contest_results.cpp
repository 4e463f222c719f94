// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/forecast/contest_scores.hpp"

namespace gridring::forecast {
namespace {

constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

/// Regions have their own numbers of origins, and a file has one: what is behind is NaN. `cells` values an origin.
void append_padded(std::vector<float>& to, const std::vector<float>& region, std::size_t most, std::size_t cells) {
    to.insert(to.end(), region.begin(), region.end());
    to.resize(to.size() + most * cells - region.size(), no_value);
}

store::Results frame(const Contest& contest) {
    store::Results results;
    results.regions = contest.data.regions;
    results.horizon = contest.last_lead();
    for (const auto& origins : contest.origins) {
        auto& hours = results.origins.emplace_back();
        for (const std::int64_t origin : origins) hours.push_back(contest.data.hour_at(origin));
    }
    const auto most = static_cast<std::size_t>(results.origin_count());
    for (std::size_t region = 0; region < contest.origins.size(); ++region) {
        std::vector<float> actual;
        for (const std::int64_t origin : contest.origins[region])
            for (std::int64_t target = origin + 1; target <= origin + results.horizon; ++target)
                actual.push_back(target < contest.data.hours
                                     ? static_cast<float>(contest.truth[static_cast<std::size_t>(
                                           static_cast<std::int64_t>(region) * contest.data.hours + target)])
                                     : no_value);
        append_padded(results.actual, actual, most, static_cast<std::size_t>(results.horizon));
    }
    return results;
}

/// [range][region][entry]
template <class Value>
store::Score standing_score(const ContestScores& scores, const char* name, const char* long_name, const char* units,
                            Value Standing::*part) {
    store::Score table{name, long_name, units, {"lead_range", "region", "name"}, {}};
    for (const auto& of_range : scores.tables)
        for (const Table& region : of_range)
            for (const Standing& standing : region.standings)
                table.values.push_back(static_cast<double>(standing.*part));
    return table;
}

/// [range][region][entry][entry]
store::Score comparison_score(const ContestScores& scores, const char* name, const char* long_name,
                              double score::Comparison::*part) {
    store::Score table{name, long_name, "1", {"lead_range", "region", "name", "versus"}, {}};
    for (const auto& of_range : scores.tables)
        for (const Table& region : of_range)
            for (std::size_t row = 0; row < region.standings.size(); ++row)
                for (std::size_t column = 0; column < region.standings.size(); ++column)
                    table.values.push_back(row == column ? std::numeric_limits<double>::quiet_NaN()
                                                         : compare(region, row, column).*part);
    return table;
}

void add_standings(store::Results& results, const ContestScores& scores) {
    store::ScoreAxis leads{"lead_range", "hours ahead that are judged together, first to last", {}};
    for (const auto& of_range : scores.tables) leads.labels.push_back(to_string(of_range.front().leads));
    results.axes = {leads, {"versus", "whose forecast it is compared with", results.names}};
    results.scores = {
        standing_score(scores, "hours", "pairs of origin and lead that every forecast has", "1", &Standing::n),
        standing_score(scores, "mape", "mean absolute percentage error", "percent", &Standing::mape),
        standing_score(scores, "median_ape", "median absolute percentage error", "percent", &Standing::median_ape),
        standing_score(scores, "wape", "sum of absolute errors by sum of actuals", "percent", &Standing::wape),
        standing_score(scores, "mae", "mean absolute error", "MW", &Standing::mae_mw),
        standing_score(scores, "rmse", "root mean square error", "MW", &Standing::rmse_mw),
        standing_score(scores, "mase", "mean absolute error by that of naive-24h before the test", "1",
                       &Standing::mase),
        comparison_score(scores, "dm_statistic", "Diebold-Mariano, below zero: name is better than versus",
                         &score::Comparison::statistic),
        comparison_score(scores, "dm_p", "two-sided p of the Diebold-Mariano statistic",
                         &score::Comparison::p_two_sided)};
}

/// [range][region]; the mean, which stands behind the regions, is left out.
template <class ValueOf>
store::Score quantile_score(const std::vector<std::vector<QuantileScore>>& scores, const std::string& name,
                            const char* long_name, const char* units, ValueOf value_of) {
    store::Score table{name, long_name, units, {"lead_range", "region"}, {}};
    for (const auto& of_range : scores)
        for (std::size_t region = 0; region + 1 < of_range.size(); ++region)
            table.values.push_back(value_of(of_range[region]));
    return table;
}

void add_quantile_scores(store::Results& results, const std::vector<std::vector<QuantileScore>>& scores,
                         const std::string& suffix) {
    if (scores.empty()) return;
    auto& all = results.scores;
    all.push_back(quantile_score(scores, "pinball" + suffix, "pinball loss, mean over the quantiles", "MW",
                                 [](const auto& one) { return one.pinball_mw; }));
    all.push_back(quantile_score(scores, "wql" + suffix, "weighted quantile loss", "1",
                                 [](const auto& one) { return one.weighted_quantile_loss; }));
    for (std::size_t band = 0; band < scores.front().front().bands.size(); ++band) {
        const auto level = std::to_string(static_cast<int>(scores.front().front().bands[band].level));
        all.push_back(quantile_score(scores, "coverage_" + level + suffix, "actuals inside the central band", "percent",
                                     [&](const auto& one) { return one.bands[band].coverage; }));
        all.push_back(quantile_score(scores, "width_" + level + suffix, "mean width of the central band", "MW",
                                     [&](const auto& one) { return one.bands[band].width_mw; }));
    }
}

}  // namespace

ContestScores score_all(const Contest& contest, const std::vector<Entry>& entries) {
    return {judge(contest, entries), break_down(contest, entries), judge_quantiles(contest, entries.front()), {}};
}

store::Results to_results(const Contest& contest, const std::vector<Entry>& entries, const ContestScores& scores) {
    expects(!entries.empty(), "a forecast to write");
    store::Results results = frame(contest);
    const Entry& first = entries.front();
    const bool has_quantiles = !first.levels.empty();
    results.quantiles = has_quantiles ? first.levels : std::vector<double>{.5};
    const auto most = static_cast<std::size_t>(results.origin_count());
    const auto horizon = static_cast<std::size_t>(results.horizon);
    for (const auto& region : has_quantiles ? first.quantiles : first.forecast)
        append_padded(results.forecast, region, most, horizon * results.quantiles.size());
    for (const Entry& entry : entries) {
        results.names.push_back(entry.name);
        for (const auto& region : entry.forecast) append_padded(results.medians, region, most, horizon);
    }
    add_standings(results, scores);
    add_quantile_scores(results, scores.quantiles, "");
    add_quantile_scores(results, scores.uncalibrated, "_uncalibrated");
    return results;
}

}  // namespace gridring::forecast
