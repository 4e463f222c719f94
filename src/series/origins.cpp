// SPDX-License-Identifier: MIT
#include <algorithm>

#include "gridring/core/calendar.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::series {

std::vector<std::int64_t> daily_origins(const Dataset& data, std::int64_t region, std::int64_t begin, std::int64_t end,
                                        int hour_of_day) {
    const LocalClock clock(data.time_zones[static_cast<std::size_t>(region)]);
    const auto last_day_begun = [&](std::int64_t hour) {     // a day begins at hour_of_day
        const LocalTime now = clock.at(data.hour_at(hour));  // the instant at which `hour` ends and the next begins
        return date_of(now) - std::chrono::days{now.hour < hour_of_day ? 1 : 0};
    };
    std::vector<std::int64_t> origins;
    const std::int64_t from = std::max<std::int64_t>(begin, 0);
    auto latest = last_day_begun(from - 1);
    for (std::int64_t hour = from; hour < end; ++hour) {
        const auto day = last_day_begun(hour);
        if (day <= latest) continue;
        origins.push_back(hour);
        latest = day;
    }
    return origins;
}

std::vector<std::int64_t> midnight_origins(const Dataset& data, std::int64_t region, std::int64_t begin,
                                           std::int64_t end) {
    return daily_origins(data, region, begin - 1, end - 24, 0);
}

}  // namespace gridring::series
