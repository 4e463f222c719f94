// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "gridring/forecast/breakdown.hpp"
#include "gridring/forecast/contest.hpp"
#include "gridring/forecast/quantile_scores.hpp"
#include "gridring/store/results_file.hpp"

namespace gridring::forecast {

/// Everything that is said of a contest, [range of leads][region].
struct ContestScores {
    std::vector<std::vector<Table>> tables;
    std::vector<std::vector<Breakdown>> breakdowns;
    std::vector<std::vector<QuantileScore>> quantiles;     ///< of the first entry; empty where it has none
    std::vector<std::vector<QuantileScore>> uncalibrated;  ///< the same before calibration; empty where there was none
};
ContestScores score_all(const Contest& contest, const std::vector<Entry>& entries);

/// The object `contest` of scores.json, see docs/data_format.md. Skill is told against `reference`, in per cent of its
/// MAPE; null where no entry has that name.
std::string to_json(const ContestScores& scores, const std::string& reference);

/// results.h5: the first entry with its quantiles (its forecast as the .5 alone where it has none), every entry's
/// medians, the contest's truth as actuals, and the scores.
store::Results to_results(const Contest& contest, const std::vector<Entry>& entries, const ContestScores& scores);

}  // namespace gridring::forecast
