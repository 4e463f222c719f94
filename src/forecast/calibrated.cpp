// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "forecast/judged_hours.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/quantile_scores.hpp"
#include "gridring/score/calibration.hpp"

namespace gridring::forecast {
namespace {

/// What shifts are told in [MW]: the width of the outermost band, since where a forecast is sure of itself, it is to be
/// widened less; a share of the median keeps it above zero.
float scale_of(std::span<const float> quantiles, float median) {
    return quantiles.back() - quantiles.front() + 1e-3f * std::abs(median);
}

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

/// What was moved past its neighbour nearer to the median is put back to it.
void uncross(std::span<float> quantiles, std::size_t median) {
    for (std::size_t level = median + 1; level < quantiles.size(); ++level)
        quantiles[level] = std::max(quantiles[level], quantiles[level - 1]);
    for (std::size_t level = median; level-- > 0;) quantiles[level] = std::min(quantiles[level], quantiles[level + 1]);
}

}  // namespace

Entry calibrated(const Entry& entry, const Contest& contest, const Entry& validation, const Contest& validation_contest,
                 const std::vector<LeadRange>& ranges) {
    const std::size_t levels = entry.levels.size();
    const auto median = static_cast<std::size_t>(std::ranges::find(entry.levels, .5) - entry.levels.begin());
    expects(entry.levels == validation.levels && median < levels, "the quantiles of one model, with a median");
    const auto longest = static_cast<std::size_t>(contest.last_lead());
    Entry moved = entry;
    for (std::size_t region = 0; region < contest.origins.size(); ++region)
        for (const LeadRange range : ranges) {
            const auto shifts = shifts_of(validation, validation_contest, region, range);
            for (std::size_t o = 0; o < contest.origins[region].size(); ++o)
                for (auto lead = static_cast<std::size_t>(range.first - 1); lead < static_cast<std::size_t>(range.last);
                     ++lead) {
                    const std::size_t cell = o * longest + lead;
                    const auto row = std::span(moved.quantiles[region]).subspan(cell * levels, levels);
                    const float scale = scale_of(row, entry.forecast[region][cell]);
                    for (std::size_t level = 0; level < levels; ++level)
                        row[level] += static_cast<float>(shifts[level]) * scale;
                    uncross(row, median);
                }
        }
    return moved;
}

}  // namespace gridring::forecast
