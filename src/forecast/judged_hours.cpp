// SPDX-License-Identifier: MIT
#include "forecast/judged_hours.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gridring::forecast {

JudgedHours::JudgedHours(const Contest& contest, std::size_t region, LeadRange leads)
    : contest_(contest),
      region_(region),
      first_(static_cast<std::size_t>(leads.first - 1)),
      count_(static_cast<std::size_t>(leads.count())),
      longest_(static_cast<std::size_t>(contest.last_lead())),
      actual_(contest.origins[region].size() * count_, std::numeric_limits<double>::quiet_NaN()) {
    const auto row = static_cast<std::int64_t>(region) * contest.data.hours;
    for (std::size_t at = 0; at < actual_.size(); ++at)
        if (target(at) < contest.data.hours) actual_[at] = contest.truth[static_cast<std::size_t>(row + target(at))];
}

void JudgedHours::leave_out_gaps_of(const Entry& entry) {
    const auto forecast = forecast_of(entry);
    if (std::ranges::all_of(forecast, [](double mw) { return std::isnan(mw); })) return;
    for (std::size_t at = 0; at < actual_.size(); ++at)
        if (std::isnan(forecast[at])) actual_[at] = forecast[at];
}

std::vector<double> JudgedHours::forecast_of(const Entry& entry) const {
    std::vector<double> column(actual_.size());
    for (std::size_t at = 0; at < column.size(); ++at)
        column[at] = static_cast<double>(entry.forecast[region_][at / count_ * longest_ + first_ + at % count_]);
    return column;
}

std::vector<double> JudgedHours::quantile_of(const Entry& entry, std::size_t level) const {
    std::vector<double> column(actual_.size());
    for (std::size_t at = 0; at < column.size(); ++at) {
        const std::size_t cell = at / count_ * longest_ + first_ + at % count_;
        column[at] = static_cast<double>(entry.quantiles[region_][cell * entry.levels.size() + level]);
    }
    return column;
}

std::int64_t JudgedHours::target(std::size_t at) const {
    return contest_.origins[region_][at / count_] + 1 + static_cast<std::int64_t>(first_ + at % count_);
}

}  // namespace gridring::forecast
