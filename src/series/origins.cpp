// SPDX-License-Identifier: MIT
#include <algorithm>

#include "gridring/core/calendar.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::series {

std::vector<std::int64_t> daily_origins(const Dataset& data, std::int64_t region, std::int64_t begin, std::int64_t end,
                                        int hour_of_day) {
    const LocalClock clock(data.time_zones[static_cast<std::size_t>(region)]);
    std::vector<std::int64_t> origins;
    int last_day = 0;  // of the year: the day of the last origin
    for (std::int64_t hour = std::max<std::int64_t>(begin, 0); hour < std::min(end, data.hours); ++hour) {
        const LocalTime now = clock.at(data.hour_at(hour));  // the instant at which it ends
        if (now.hour != hour_of_day || now.day_of_year == last_day) continue;
        origins.push_back(hour);
        last_day = now.day_of_year;
    }
    return origins;
}

std::vector<std::int64_t> midnight_origins(const Dataset& data, std::int64_t region, std::int64_t begin,
                                           std::int64_t end) {
    const LocalClock clock(data.time_zones[static_cast<std::size_t>(region)]);
    std::vector<std::int64_t> origins;
    const std::int64_t from = std::max<std::int64_t>(begin - 1, 0);
    int day_before = clock.at(data.hour_at(from - 1)).day;
    for (std::int64_t hour = from; hour + 24 < end; ++hour) {
        const int day = clock.at(data.hour_at(hour)).day;  // of the instant at which `hour` ends and the next begins
        if (day != day_before) origins.push_back(hour);
        day_before = day;
    }
    return origins;
}

}  // namespace gridring::series
