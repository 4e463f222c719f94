// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/contest.hpp"

/// How good the quantiles of a forecast are, and how to mend them.
namespace gridring::forecast {

/// What a central band promises and keeps; NaN where the forecast has no such quantiles.
struct BandScore {
    double level = 0;  ///< nominal [%]
    double coverage = 0, width_mw = 0;
    double width_percent = 0;  ///< of the mean actual
};

/// Over the hours that the entry has a forecast of.
struct QuantileScore {
    LeadRange leads;
    std::string region;
    std::int64_t n = 0;
    double pinball_mw = 0;              ///< mean over the levels
    double weighted_quantile_loss = 0;  ///< see score::weighted_quantile_loss
    std::vector<double> pinball_by_level_mw;
    std::vector<BandScore> bands;  ///< 50 and 90 %
};
/// [range of leads][region], and behind the regions, "mean" over them. Empty for an entry without quantiles.
std::vector<std::vector<QuantileScore>> judge_quantiles(const Contest& contest, const Entry& entry);

/// One line a range: the mean over the regions.
std::string to_text(const std::vector<std::vector<QuantileScore>>& scores);

/// Moves the quantiles of `entry` so that each holds its share of what happened in `validation`, an entry of the same
/// model with the same levels: by region, range of leads (`ranges` follow each other) and level apart, in multiples of
/// the width that the outermost quantiles have in that hour (score::conformal_shift). The median stays, and quantiles
/// never cross. Throws DataError where validation has too few hours for the outermost levels.
Entry calibrated(const Entry& entry, const Contest& contest, const Entry& validation, const Contest& validation_contest,
                 const std::vector<LeadRange>& ranges);

/// Moves the quantiles of `entry` origin after origin, by what had been missed when each was made: after every day a
/// quantile that too many of its hours lay beyond moves away from them, in proportion, and back when there were too few
/// (the quantile tracker of Angelopoulos, Candès & Tibshirani 2023, Conformal PID control). So each holds its share in
/// the long run whatever the errors do. By region, range of leads and level apart, in multiples of the width that the
/// outermost quantiles have. The median stays, and quantiles never cross.
Entry calibrated_online(const Entry& entry, const Contest& contest, const std::vector<LeadRange>& ranges);

}  // namespace gridring::forecast
