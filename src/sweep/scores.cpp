// SPDX-License-Identifier: MIT
#include "gridring/sweep/scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "gridring/core/error.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::sweep {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr forecast::LeadRange day_ahead{15, 38};  // of the next day, from 09:00

/// [origin][lead of the range] of one region: what is and what the median says.
struct Pairs {
    std::vector<double> actual, median;
};

Pairs pairs_of(const store::Results& results, std::size_t region, forecast::LeadRange leads) {
    const auto found = std::ranges::find(results.quantiles, .5);
    expects(found != results.quantiles.end(), "forecasts have a median");
    const auto levels = results.quantiles.size(), most = static_cast<std::size_t>(results.origin_count()),
               at = static_cast<std::size_t>(found - results.quantiles.begin()),
               horizon = static_cast<std::size_t>(results.horizon);
    const bool is_reached = static_cast<std::size_t>(leads.last) <= horizon;
    Pairs pairs;
    for (std::size_t origin = 0; origin < results.origins[region].size(); ++origin)
        for (auto lead = static_cast<std::size_t>(leads.first); lead <= static_cast<std::size_t>(leads.last); ++lead) {
            const std::size_t cell = (region * most + origin) * horizon + lead - 1;
            pairs.actual.push_back(is_reached ? static_cast<double>(results.actual[cell]) : none);
            pairs.median.push_back(is_reached ? static_cast<double>(results.forecast[cell * levels + at]) : none);
        }
    return pairs;
}

forecast::Standing judge(const Pairs& pairs, std::size_t leads) {
    forecast::Standing standing;
    const auto mape = score::mape(pairs.actual, pairs.median);
    standing.mape = mape.value, standing.n = mape.n;
    standing.median_ape = score::median_ape(pairs.actual, pairs.median).value;
    standing.wape = score::wape(pairs.actual, pairs.median).value;
    standing.mae_mw = score::mae(pairs.actual, pairs.median).value;
    standing.rmse_mw = score::rmse(pairs.actual, pairs.median).value;
    standing.mase = none;
    for (std::size_t begin = 0; begin < pairs.actual.size(); begin += leads)
        standing.ape_by_origin.push_back(
            score::mape(std::span(pairs.actual).subspan(begin, leads), std::span(pairs.median).subspan(begin, leads))
                .value);
    return standing;
}

/// The arm's errors by origin, averaged over `seeds`; NaN where one has none.
std::vector<double> mean_errors(const Arm& arm, const std::vector<std::size_t>& seeds, std::size_t range,
                                std::size_t region) {
    std::vector<double> mean;
    for (const std::size_t seed : seeds) {
        const auto& errors = arm.seeds[seed]->tables[range][region].standings.front().ape_by_origin;
        mean.resize(errors.size());
        for (std::size_t i = 0; i < errors.size(); ++i) mean[i] += errors[i] / static_cast<double>(seeds.size());
    }
    return mean;
}

/// Null for the reference itself, or without one.
const Arm* reference_of(const Summary& summary, const Arm& arm) {
    const Plan& plan = summary.plan;
    const auto axis = std::ranges::find(plan.axes, plan.compare.axis, &Axis::name);
    if (axis == plan.axes.end()) return nullptr;
    const auto point = std::ranges::find(axis->points, plan.compare.reference, &Point::label);
    auto at = arm.at;
    at[static_cast<std::size_t>(axis - plan.axes.begin())] = static_cast<std::size_t>(point - axis->points.begin());
    if (at == arm.at) return nullptr;
    const auto found = std::ranges::find(summary.arms, at, &Arm::at);
    return found == summary.arms.end() ? nullptr : &*found;
}

}  // namespace

std::vector<forecast::LeadRange> ranges_of(const Judge& judge) {
    if (judge.origins == "day-ahead") return {day_ahead};
    std::vector<forecast::LeadRange> ranges;
    for (const std::int64_t horizon : judge.horizons) ranges.push_back({1, horizon});
    return ranges;
}

MemberScores score(const store::Results& results, const std::vector<forecast::LeadRange>& ranges) {
    MemberScores scores{results.regions, results.origins, {}, 0};
    for (const auto leads : ranges) {
        auto& tables = scores.tables.emplace_back();
        for (std::size_t region = 0; region < results.regions.size(); ++region)
            tables.push_back(
                {leads,
                 results.regions[region],
                 {judge(pairs_of(results, region, leads), static_cast<std::size_t>(leads.last - leads.first + 1))}});
        tables.push_back(forecast::mean_of(tables));
    }
    return scores;
}

Summary summarise(const Plan& plan, std::vector<std::optional<MemberScores>> scores) {
    const auto members = expand(plan);
    expects(scores.size() == members.size(), "a place for the scores of every member");
    Summary summary{plan, ranges_of(plan.judge), {}, {}};
    const auto first = std::ranges::find_if(scores, [](const auto& one) { return one.has_value(); });
    if (first != scores.end()) summary.regions = (*first)->regions;
    std::map<std::vector<std::size_t>, std::size_t> places;
    for (const auto& at : arms(plan)) {
        places.emplace(at, summary.arms.size());
        summary.arms.push_back({at, arm_name(plan, at), std::vector<std::optional<MemberScores>>(plan.seeds.size())});
    }
    for (std::size_t member = 0; member < members.size(); ++member)
        if (scores[member] && scores[member]->regions == summary.regions)
            summary.arms[places.at(members[member].at)].seeds[members[member].seed] = std::move(scores[member]);
    summary.regions.emplace_back("mean");
    return summary;
}

Spread mape_of(const Arm& arm, std::size_t range, std::size_t region) {
    std::vector<double> values;
    for (const auto& scores : arm.seeds)
        if (scores) values.push_back(scores->tables[range][region].standings.front().mape);
    Spread spread{none, none, values.size()};
    if (values.empty()) return spread;
    spread.mean = 0;
    for (const double value : values) spread.mean += value / static_cast<double>(values.size());
    if (values.size() < 2) return spread;
    double squares = 0;
    for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
    spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
    return spread;
}

std::optional<score::Comparison> against_reference(const Summary& summary, const Arm& arm, std::size_t range,
                                                   std::size_t region) {
    const Arm* const reference = reference_of(summary, arm);
    if (!reference) return std::nullopt;
    std::vector<std::size_t> seeds;
    for (std::size_t seed = 0; seed < arm.seeds.size(); ++seed)
        if (arm.seeds[seed] && reference->seeds[seed]) seeds.push_back(seed);
    for (const std::size_t seed : seeds)
        for (const Arm* one : {&arm, reference})
            if (one->seeds[seed]->origins != arm.seeds[seeds.front()]->origins) return std::nullopt;
    if (seeds.empty()) return std::nullopt;
    forecast::Table table{summary.ranges[range], summary.regions[region], std::vector<forecast::Standing>(2)};
    table.standings[0].ape_by_origin = mean_errors(arm, seeds, range, region);
    table.standings[1].ape_by_origin = mean_errors(*reference, seeds, range, region);
    const auto comparison = forecast::compare(table, 0, 1);
    return comparison.n > 0 ? std::optional(comparison) : std::nullopt;
}

}  // namespace gridring::sweep
