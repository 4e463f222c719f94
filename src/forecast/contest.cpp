// SPDX-License-Identifier: MIT
#include "gridring/forecast/contest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecast/judged_hours.hpp"
#include "gridring/core/error.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::forecast {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Further daily origins up to the last lead: whose errors are those of the same hours.
std::int64_t lags_of(LeadRange leads) { return (leads.last + 23) / 24 - 1; }

/// What MASE is measured in.
double scale_of(const Contest& contest, std::size_t region) {
    const auto hours = static_cast<std::size_t>(contest.data.hours);
    return score::seasonal_scale(
        std::span(contest.truth).subspan(region * hours, static_cast<std::size_t>(contest.training_hours)), 24);
}

Standing judge_entry(const Entry& entry, const JudgedHours& hours, double scale) {
    const auto& actual = hours.actual();
    const auto forecast = hours.forecast_of(entry);
    Standing standing;
    standing.name = entry.name;
    const auto mape = score::mape(actual, forecast);
    standing.mape = mape.value, standing.n = mape.n;
    standing.median_ape = score::median_ape(actual, forecast).value;
    standing.wape = score::wape(actual, forecast).value;
    standing.mae_mw = score::mae(actual, forecast).value;
    standing.rmse_mw = score::rmse(actual, forecast).value;
    standing.mase = score::mase(actual, forecast, scale).value;
    for (std::size_t begin = 0; begin < actual.size(); begin += hours.leads())
        standing.ape_by_origin.push_back(score::mape(std::span(actual).subspan(begin, hours.leads()),
                                                     std::span(forecast).subspan(begin, hours.leads()))
                                             .value);
    return standing;
}

void compare_with_first(Table& table) {
    for (std::size_t entry = 1; entry < table.standings.size(); ++entry)
        table.standings[entry].against_first = compare(table, entry, 0);
}

/// Position by position, over the regions that reach it and have a value.
std::vector<double> mean_by_origin(const std::vector<Table>& regions, std::size_t entry) {
    std::vector<double> sums, counts;
    for (const Table& table : regions) {
        const auto& errors = table.standings[entry].ape_by_origin;
        sums.resize(std::max(sums.size(), errors.size())), counts.resize(sums.size());
        for (std::size_t o = 0; o < errors.size(); ++o)
            if (!std::isnan(errors[o])) sums[o] += errors[o], ++counts[o];
    }
    for (std::size_t o = 0; o < sums.size(); ++o) sums[o] = counts[o] > 0 ? sums[o] / counts[o] : none;
    return sums;
}

}  // namespace

std::string to_string(LeadRange leads) { return fmt::format("{}-{}", leads.first, leads.last); }

std::int64_t Contest::last_lead() const {
    expects(!leads.empty(), "leads to judge over");
    return std::ranges::max_element(leads, {}, &LeadRange::last)->last;
}

Entry enter(const Contest& contest, const Forecaster& forecaster) {
    Entry entry{forecaster.name(), {}, {}, {}};
    const auto horizon = static_cast<std::size_t>(contest.last_lead());
    for (std::size_t region = 0; region < contest.origins.size(); ++region) {
        auto& forecast = entry.forecast.emplace_back(contest.origins[region].size() * horizon);
        for (std::size_t o = 0; o < contest.origins[region].size(); ++o)
            forecaster.forecast(static_cast<std::int64_t>(region), contest.origins[region][o],
                                std::span(forecast).subspan(o * horizon, horizon));
    }
    return entry;
}

Entry enter(const Contest& contest, std::string name, const store::Results& results) {
    const auto leads = static_cast<std::size_t>(contest.last_lead()), levels = results.quantiles.size();
    const auto horizon = static_cast<std::size_t>(results.horizon);
    const auto most = static_cast<std::size_t>(results.origin_count());
    const auto median = static_cast<std::size_t>(std::ranges::find(results.quantiles, .5) - results.quantiles.begin());
    expects(leads <= horizon && median < levels && results.regions == contest.data.regions,
            "a backtest of the contest's regions, with a median, at least as far ahead");
    Entry entry{std::move(name), {}, results.quantiles, {}};
    for (std::size_t region = 0; region < contest.origins.size(); ++region) {
        auto& forecast = entry.forecast.emplace_back();
        auto& quantiles = entry.quantiles.emplace_back();
        expects(results.origins[region].size() == contest.origins[region].size(), "the contest's origins");
        for (std::size_t o = 0; o < contest.origins[region].size(); ++o) {
            const float* const row = results.forecast.data() + (region * most + o) * horizon * levels;
            quantiles.insert(quantiles.end(), row, row + leads * levels);
            for (std::size_t lead = 0; lead < leads; ++lead) forecast.push_back(row[lead * levels + median]);
        }
    }
    return entry;
}

std::vector<std::vector<Table>> judge(const Contest& contest, const std::vector<Entry>& entries) {
    expects(!entries.empty(), "someone to judge");
    std::vector<std::vector<Table>> tables;
    for (const LeadRange leads : contest.leads) {
        auto& of_range = tables.emplace_back();
        for (std::size_t region = 0; region < contest.origins.size(); ++region) {
            Table& table = of_range.emplace_back(leads, contest.data.regions[region], std::vector<Standing>{});
            JudgedHours hours(contest, region, leads);
            for (const Entry& entry : entries) hours.leave_out_gaps_of(entry);
            const double scale = scale_of(contest, region);
            for (const Entry& entry : entries) table.standings.push_back(judge_entry(entry, hours, scale));
            compare_with_first(table);
        }
    }
    return tables;
}

Table mean_of(const std::vector<Table>& regions) {
    expects(!regions.empty(), "a region to take the mean of");
    Table mean{regions.front().leads, "mean", {}};
    const auto share = 1 / static_cast<double>(regions.size());
    for (std::size_t entry = 0; entry < regions.front().standings.size(); ++entry) {
        Standing& standing = mean.standings.emplace_back();
        standing.name = regions.front().standings[entry].name;
        for (const Table& table : regions) {
            const Standing& one = table.standings[entry];
            standing.n += one.n;
            for (const auto part : {&Standing::mape, &Standing::median_ape, &Standing::wape, &Standing::mae_mw,
                                    &Standing::rmse_mw, &Standing::mase})
                standing.*part += share * one.*part;
        }
        standing.ape_by_origin = mean_by_origin(regions, entry);
    }
    compare_with_first(mean);
    return mean;
}

score::Comparison compare(const Table& table, std::size_t first, std::size_t second) {
    return score::diebold_mariano(table.standings[first].ape_by_origin, table.standings[second].ape_by_origin,
                                  lags_of(table.leads));
}

}  // namespace gridring::forecast
