// SPDX-License-Identifier: MIT
#include "forecast/quantile_shifts.hpp"

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

void uncross(std::span<float> quantiles, std::size_t median) {
    for (std::size_t level = median + 1; level < quantiles.size(); ++level)
        quantiles[level] = std::max(quantiles[level], quantiles[level - 1]);
    for (std::size_t level = median; level-- > 0;) quantiles[level] = std::min(quantiles[level], quantiles[level + 1]);
}

}  // namespace

float scale_of(std::span<const float> quantiles, float median) {
    return quantiles.back() - quantiles.front() + 1e-3f * std::abs(median);
}

void move_quantiles(Entry& entry, std::size_t region, std::size_t first_cell, LeadRange leads,
                    std::span<const double> shifts) {
    const std::size_t levels = entry.levels.size();
    const auto median = static_cast<std::size_t>(std::ranges::find(entry.levels, .5) - entry.levels.begin());
    expects(median < levels, "quantiles with a median");
    for (auto lead = static_cast<std::size_t>(leads.first - 1); lead < static_cast<std::size_t>(leads.last); ++lead) {
        const std::size_t cell = first_cell + lead;
        const auto row = std::span(entry.quantiles[region]).subspan(cell * levels, levels);
        const float scale = scale_of(row, entry.forecast[region][cell]);
        for (std::size_t level = 0; level < levels; ++level) row[level] += static_cast<float>(shifts[level]) * scale;
        uncross(row, median);
    }
}

}  // namespace gridring::forecast
