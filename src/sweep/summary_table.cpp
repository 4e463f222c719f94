// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <functional>
#include <limits>

#include "gridring/sweep/scores.hpp"

namespace gridring::sweep {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::vector<store::ScoreAxis> axes_of(const Summary& summary) {
    std::vector<store::ScoreAxis> axes;
    for (const Axis& axis : summary.plan.axes) {
        auto& written = axes.emplace_back(axis.name, "axis of the sweep", std::vector<std::string>{});
        for (const Point& point : axis.points) written.labels.push_back(point.label);
    }
    auto& seeds = axes.emplace_back("seed", "run.seed", std::vector<std::string>{});
    for (const std::uint64_t seed : summary.plan.seeds) seeds.labels.push_back(std::to_string(seed));
    axes.emplace_back("region", "code of the balancing authority or region; mean = each with the same weight",
                      summary.regions);
    auto& horizons =
        axes.emplace_back("horizon", "last hour ahead that is judged, from first_lead on", std::vector<std::string>{});
    for (const auto leads : summary.ranges) horizons.labels.push_back(std::to_string(leads.last));
    return axes;
}

std::vector<std::string> dimensions(const Plan& plan, std::initializer_list<const char*> further) {
    std::vector<std::string> names;
    for (const Axis& axis : plan.axes) names.push_back(axis.name);
    names.insert(names.end(), further.begin(), further.end());
    return names;
}

/// [axes…][seed][region][horizon]
template <class Value>
store::Score standing_score(const Summary& summary, const char* name, const char* long_name, const char* units,
                            Value forecast::Standing::*part) {
    store::Score score{name, long_name, units, dimensions(summary.plan, {"seed", "region", "horizon"}), {}};
    for (const Arm& arm : summary.arms)
        for (const auto& scores : arm.seeds)
            for (std::size_t region = 0; region < summary.regions.size(); ++region)
                for (std::size_t range = 0; range < summary.ranges.size(); ++range)
                    score.values.push_back(
                        scores ? static_cast<double>(scores->tables[range][region].standings.front().*part) : none);
    return score;
}

/// [axes…][region][horizon]
store::Score comparison_score(const Summary& summary, const char* name, const char* long_name, const char* units,
                              double score::Comparison::*part) {
    store::Score score{name, long_name, units, dimensions(summary.plan, {"region", "horizon"}), {}};
    for (const Arm& arm : summary.arms)
        for (std::size_t region = 0; region < summary.regions.size(); ++region)
            for (std::size_t range = 0; range < summary.ranges.size(); ++range) {
                const auto comparison = against_reference(summary, arm, range, region);
                score.values.push_back(comparison ? (*comparison).*part : none);
            }
    return score;
}

store::Score first_leads(const Summary& summary) {
    store::Score score{"first_lead", "first hour ahead that is judged", "h", {"horizon"}, {}};
    for (const auto leads : summary.ranges) score.values.push_back(static_cast<double>(leads.first));
    return score;
}

store::Score training_seconds(const Summary& summary) {
    store::Score score{"training_seconds", "wall time of the training", "s", dimensions(summary.plan, {"seed"}), {}};
    for (const Arm& arm : summary.arms)
        for (const auto& scores : arm.seeds) score.values.push_back(scores ? scores->training_seconds : none);
    return score;
}

}  // namespace

store::SweepTable to_table(const Summary& summary) {
    using forecast::Standing;
    store::SweepTable table{
        axes_of(summary),
        {standing_score(summary, "mape", "mean absolute percentage error", "percent", &Standing::mape),
         standing_score(summary, "median_ape", "median absolute percentage error", "percent", &Standing::median_ape),
         standing_score(summary, "wape", "sum of absolute errors by sum of actuals", "percent", &Standing::wape),
         standing_score(summary, "mae", "mean absolute error", "MW", &Standing::mae_mw),
         standing_score(summary, "rmse", "root mean square error", "MW", &Standing::rmse_mw),
         standing_score(summary, "hours", "pairs of origin and lead that count", "1", &Standing::n),
         training_seconds(summary), first_leads(summary)},
        {}};
    const Compare& compare = summary.plan.compare;
    if (compare.axis.empty()) return table;
    const std::string versus = fmt::format("against {} = {}", compare.axis, compare.reference);
    for (const auto& [name, long_name, units, part] :
         {std::tuple("difference", "mean difference of the errors by origin, averaged over the seeds, ", "percent",
                     &score::Comparison::mean_difference),
          std::tuple("dm_statistic", "Diebold-Mariano, below zero: better, ", "1", &score::Comparison::statistic),
          std::tuple("dm_p", "two-sided p of the Diebold-Mariano statistic, ", "1", &score::Comparison::p_two_sided)})
        table.scores.push_back(comparison_score(summary, name, (long_name + versus).c_str(), units, part));
    return table;
}

}  // namespace gridring::sweep
