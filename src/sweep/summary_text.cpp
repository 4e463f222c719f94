// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/sweep/scores.hpp"

namespace gridring::sweep {
namespace {

constexpr double sure = .05;

std::size_t name_width(const Summary& summary) {
    std::size_t width = 16;
    for (const Arm& arm : summary.arms) width = std::max(width, arm.name.size() + 2);
    return width;
}

std::string heading(const Summary& summary, std::size_t cell) {
    std::string text;
    for (const auto leads : summary.ranges) text += fmt::format("{:>{}}", forecast::to_string(leads) + " h", cell);
    return text + "\n";
}

std::string spread_cell(const Spread& spread) {
    if (std::isnan(spread.mean)) return fmt::format("{:>18}", "-");
    return fmt::format("{:>18}", std::isnan(spread.deviation)
                                     ? fmt::format("{:.2f}       ", spread.mean)
                                     : fmt::format("{:.2f} ± {:.2f}", spread.mean, spread.deviation));
}

std::string levels(const Summary& summary) {
    const std::size_t mean = summary.regions.size() - 1, width = name_width(summary);
    std::string text = fmt::format("MAPE %, mean over {} region{}, ± standard deviation over the seeds\n{:<{}}{:>6}{}",
                                   mean, mean == 1 ? "" : "s", "arm", width, "seeds", heading(summary, 18));
    for (const Arm& arm : summary.arms) {
        if (is_left_out(summary.plan, arm.at)) continue;
        text += fmt::format("{:<{}}{:>6}", arm.name, width,
                            std::ranges::count_if(arm.seeds, [](const auto& one) { return one.has_value(); }));
        for (std::size_t range = 0; range < summary.ranges.size(); ++range)
            text += spread_cell(mape_of(arm, range, mean));
        text += "\n";
    }
    return text;
}

/// Difference and p of the mean, and in how many regions alone the arm is surely better and worse.
std::string comparison_cell(const Summary& summary, const Arm& arm, std::size_t range) {
    const std::size_t mean = summary.regions.size() - 1;
    const auto together = against_reference(summary, arm, range, mean);
    if (!together) return fmt::format("{:>28}", "-");
    int better = 0, worse = 0;
    for (std::size_t region = 0; region < mean; ++region)
        if (const auto alone = against_reference(summary, arm, range, region); alone && alone->p_two_sided < sure)
            ++(alone->mean_difference < 0 ? better : worse);
    return fmt::format("{:>28}", fmt::format("{:+.3f}  p {:.2g}  {}:{}", together->mean_difference,
                                             together->p_two_sided, better, worse));
}

std::string differences(const Summary& summary) {
    const Compare& compare = summary.plan.compare;
    if (compare.axis.empty()) return "";
    const std::size_t width = name_width(summary);
    std::string text = fmt::format(
        "\nagainst {} = {}: points of MAPE (below zero: better), p of Diebold-Mariano on the mean over the regions of "
        "each origin's error,\naveraged over the seeds; regions better:worse alone at p < {:.2f}\n{:<{}}{}",
        compare.axis, compare.reference, sure, "arm", width, heading(summary, 28));
    for (const Arm& arm : summary.arms) {
        const bool is_there = std::ranges::any_of(arm.seeds, [](const auto& one) { return one.has_value(); });
        if (!is_there) continue;
        text += fmt::format("{:<{}}", arm.name, width);
        for (std::size_t range = 0; range < summary.ranges.size(); ++range)
            text += comparison_cell(summary, arm, range);
        text += "\n";
    }
    return text;
}

/// An empty cell where there is no number.
std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

std::string axis_names(const Plan& plan) {
    std::string text;
    for (const Axis& axis : plan.axes) text += axis.name + ",";
    return text;
}

std::string axis_labels(const Plan& plan, const Arm& arm) {
    std::string text;
    for (std::size_t axis = 0; axis < arm.at.size(); ++axis) text += plan.axes[axis].points[arm.at[axis]].label + ",";
    return text;
}

/// Keys that axes set several of at a time, or at random: what stands behind their labels.
std::vector<std::string> hidden_keys(const Plan& plan) {
    std::vector<std::string> keys;
    for (const Axis& axis : plan.axes)
        for (const Point& point : axis.points)
            for (const std::string& text : point.overrides)
                if (const std::string key = text.substr(0, text.find('=')), value = text.substr(text.find('=') + 1);
                    (point.overrides.size() > 1 || value != point.label) && std::ranges::find(keys, key) == keys.end())
                    keys.push_back(key);
    return keys;
}

std::string values_of(const Plan& plan, const Arm& arm, const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys) {
        std::string value;
        for (std::size_t axis = 0; axis < arm.at.size(); ++axis)
            for (const std::string& set : plan.axes[axis].points[arm.at[axis]].overrides)
                if (set.starts_with(key + "=")) value = set.substr(key.size() + 1);
        std::erase(value, '"');
        text += value.find(',') == std::string::npos ? "," + value : ",\"" + value + "\"";
    }
    return text;
}

}  // namespace

std::string to_text(const Summary& summary) { return levels(summary) + differences(summary); }

std::string to_csv(const Summary& summary) {
    const Plan& plan = summary.plan;
    std::string text =
        axis_names(plan) + "seed,region,first_lead,horizon,n,mape,median_ape,wape,mae_mw,rmse_mw,training_seconds";
    const auto keys = hidden_keys(plan);
    for (const std::string& key : keys) text += "," + key;
    text += "\n";
    for (const Arm& arm : summary.arms)
        for (std::size_t seed = 0; seed < arm.seeds.size(); ++seed) {
            if (!arm.seeds[seed]) continue;
            for (std::size_t region = 0; region < summary.regions.size(); ++region)
                for (const auto& tables : arm.seeds[seed]->tables) {
                    const forecast::LeadRange leads = tables[region].leads;
                    const forecast::Standing& standing = tables[region].standings.front();
                    text += fmt::format("{}{},{},{},{},{},{},{},{},{},{},{}{}\n", axis_labels(plan, arm),
                                        plan.seeds[seed], summary.regions[region], leads.first, leads.last, standing.n,
                                        number(standing.mape), number(standing.median_ape), number(standing.wape),
                                        number(standing.mae_mw), number(standing.rmse_mw),
                                        number(arm.seeds[seed]->training_seconds), values_of(plan, arm, keys));
                }
        }
    return text;
}

std::string comparisons_to_csv(const Summary& summary) {
    std::string text = axis_names(summary.plan) + "region,first_lead,horizon,n,difference,dm_statistic,dm_p\n";
    for (const Arm& arm : summary.arms)
        for (std::size_t region = 0; region < summary.regions.size(); ++region)
            for (std::size_t range = 0; range < summary.ranges.size(); ++range)
                if (const auto one = against_reference(summary, arm, range, region))
                    text +=
                        fmt::format("{}{},{},{},{},{},{},{}\n", axis_labels(summary.plan, arm), summary.regions[region],
                                    summary.ranges[range].first, summary.ranges[range].last, one->n,
                                    number(one->mean_difference), number(one->statistic), number(one->p_two_sided));
    return text;
}

}  // namespace gridring::sweep
