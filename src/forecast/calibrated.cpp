// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "forecast/judged_hours.hpp"
#include "forecast/quantile_shifts.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/quantile_scores.hpp"
#include "gridring/score/calibration.hpp"

namespace gridring::forecast {
namespace {

/// By level.
std::vector<double> shifts_of(const Entry& validation, const Contest& contest, std::size_t region, LeadRange leads) {
    JudgedHours hours(contest, region, leads);
    hours.leave_out_gaps_of(validation);
    const auto lowest = hours.quantile_of(validation, 0),
               highest = hours.quantile_of(validation, validation.levels.size() - 1);
    const auto median = hours.forecast_of(validation);
    std::vector<double> scale;
    for (std::size_t at = 0; at < median.size(); ++at) {
        const float ends[] = {static_cast<float>(lowest[at]), static_cast<float>(highest[at])};
        scale.push_back(static_cast<double>(scale_of(ends, static_cast<float>(median[at]))));
    }
    auto actual = hours.actual();
    for (std::size_t at = 0; at < actual.size(); ++at) actual[at] /= scale[at];
    std::vector<double> shifts;
    for (std::size_t level = 0; level < validation.levels.size(); ++level) {
        auto quantile = hours.quantile_of(validation, level);
        for (std::size_t at = 0; at < quantile.size(); ++at) quantile[at] /= scale[at];
        const bool is_median = validation.levels[level] == .5;
        shifts.push_back(is_median ? 0 : score::conformal_shift(actual, quantile, validation.levels[level]));
        if (std::isinf(shifts.back()))
            throw DataError(
                fmt::format("calibration of {}, {} h ahead: too few hours with an actual for the quantile "
                            "{}; give --calibrate a longer span",
                            contest.data.regions[region], to_string(leads), validation.levels[level]));
    }
    return shifts;
}

}  // namespace

Entry calibrated(const Entry& entry, const Contest& contest, const Entry& validation, const Contest& validation_contest,
                 const std::vector<LeadRange>& ranges) {
    expects(entry.levels == validation.levels, "the quantiles of one model");
    const auto longest = static_cast<std::size_t>(contest.last_lead());
    Entry moved = entry;
    for (std::size_t region = 0; region < contest.origins.size(); ++region)
        for (const LeadRange range : ranges) {
            const auto shifts = shifts_of(validation, validation_contest, region, range);
            for (std::size_t o = 0; o < contest.origins[region].size(); ++o)
                move_quantiles(moved, region, o * longest, range, shifts);
        }
    return moved;
}

}  // namespace gridring::forecast
