// SPDX-License-Identifier: MIT
#include "gridring/forecast/quantile_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "forecast/judged_hours.hpp"
#include "forecast/table_cell.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::forecast {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::array band_levels{.5, .9};

/// Its position among the levels; their number where it is not there.
std::size_t find_level(const std::vector<double>& levels, double level) {
    const auto is_it = [&](double other) { return std::abs(level - other) < 1e-9; };
    return static_cast<std::size_t>(std::ranges::find_if(levels, is_it) - levels.begin());
}

double mean_of_known(const std::vector<double>& values) {
    double sum = 0, count = 0;
    for (const double value : values)
        if (!std::isnan(value)) sum += value, ++count;
    return count > 0 ? sum / count : none;
}

BandScore judge_band(const Entry& entry, const JudgedHours& hours, double level) {
    const auto lower = find_level(entry.levels, (1 - level) / 2), upper = find_level(entry.levels, (1 + level) / 2);
    if (lower == entry.levels.size() || upper == entry.levels.size()) return {100 * level, none, none, none};
    const auto low = hours.quantile_of(entry, lower);
    auto high = hours.quantile_of(entry, upper);
    const double coverage = score::coverage(hours.actual(), low, high).value;
    for (std::size_t at = 0; at < high.size(); ++at)
        if (std::isnan(hours.actual()[at])) high[at] = none;
    const double width = score::width(low, high).value;
    return {100 * level, coverage, width, 100 * width / mean_of_known(hours.actual())};
}

QuantileScore judge_region(const Contest& contest, const Entry& entry, std::size_t region, LeadRange leads) {
    JudgedHours hours(contest, region, leads);
    hours.leave_out_gaps_of(entry);
    QuantileScore scores{leads, contest.data.regions[region], 0, 0, 0, {}, {}};
    std::vector<double> all(hours.actual().size() * entry.levels.size());
    for (std::size_t level = 0; level < entry.levels.size(); ++level) {
        const auto column = hours.quantile_of(entry, level);
        for (std::size_t at = 0; at < column.size(); ++at) all[at * entry.levels.size() + level] = column[at];
        scores.pinball_by_level_mw.push_back(score::pinball(hours.actual(), column, entry.levels[level]).value);
    }
    scores.pinball_mw = mean_of_known(scores.pinball_by_level_mw);
    const auto loss = score::weighted_quantile_loss(hours.actual(), all, entry.levels);
    scores.weighted_quantile_loss = loss.value, scores.n = loss.n;
    for (const double level : band_levels) scores.bands.push_back(judge_band(entry, hours, level));
    return scores;
}

QuantileScore mean_score(const std::vector<QuantileScore>& regions) {
    QuantileScore mean = regions.front();
    const auto take = [&](auto&& score_of) {
        std::vector<double> values;
        for (const auto& region : regions) values.push_back(score_of(region));
        return mean_of_known(values);
    };
    mean.region = "mean";
    mean.n = 0;
    for (const auto& region : regions) mean.n += region.n;
    mean.pinball_mw = take([](const auto& region) { return region.pinball_mw; });
    mean.weighted_quantile_loss = take([](const auto& region) { return region.weighted_quantile_loss; });
    for (std::size_t level = 0; level < mean.pinball_by_level_mw.size(); ++level)
        mean.pinball_by_level_mw[level] = take([&](const auto& region) { return region.pinball_by_level_mw[level]; });
    for (std::size_t band = 0; band < mean.bands.size(); ++band)
        for (const auto part : {&BandScore::coverage, &BandScore::width_mw, &BandScore::width_percent})
            mean.bands[band].*part = take([&](const auto& region) { return region.bands[band].*part; });
    return mean;
}

}  // namespace

std::vector<std::vector<QuantileScore>> judge_quantiles(const Contest& contest, const Entry& entry) {
    std::vector<std::vector<QuantileScore>> scores;
    if (entry.levels.empty()) return scores;
    for (const LeadRange leads : contest.leads) {
        auto& of_range = scores.emplace_back();
        for (std::size_t region = 0; region < contest.origins.size(); ++region)
            of_range.push_back(judge_region(contest, entry, region, leads));
        of_range.push_back(mean_score(of_range));
    }
    return scores;
}

std::string to_text(const std::vector<std::vector<QuantileScore>>& scores) {
    std::string text = fmt::format("{:<10}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "hours", "pinball MW", "WQL",
                                   "in 50 %", "width %", "in 90 %", "width %");
    for (const auto& of_range : scores) {
        const QuantileScore& mean = of_range.back();
        text += fmt::format("{:<10}", to_string(mean.leads)) + cell(mean.pinball_mw, 1) +
                cell(mean.weighted_quantile_loss, 4);
        for (const BandScore& band : mean.bands) text += cell(band.coverage, 1) + cell(band.width_percent, 1);
        text += "\n";
    }
    return text;
}

}  // namespace gridring::forecast
