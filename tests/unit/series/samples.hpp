// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "gridring/core/random.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::test {

constexpr double missing_mw = std::numeric_limits<double>::quiet_NaN();

/// Demand of a grid that behaves: daily and yearly shape, quiet weekends, weather that wanders over days, 1 % noise.
inline std::vector<double> calm_demand(std::int64_t hours, double mean_mw = 2500, std::uint64_t seed = 1) {
    Random random(seed);
    std::vector<double> mw;
    double weather = 0;
    for (std::int64_t t = 0; t < hours; ++t) {
        const double day = 2 * std::numbers::pi * static_cast<double>(t) / 24;
        weather = .99 * weather + .01 * random.normal();
        double level = 1 - .15 * std::cos(day) - .05 * std::cos(2 * day + 1) + .1 * std::cos(day / 365.25);
        if (t / 24 % 7 >= 5) level *= .9;
        mw.push_back(mean_mw * level * std::exp(weather + .01 * random.normal()));
    }
    return mw;
}

inline store::Series series_of(std::vector<std::vector<double>> rows, const char* first = "2024-01-01T00",
                               const char* zone = "America/Los_Angeles") {
    store::Series series;
    series.first = *parse_hour(first);
    series.hours = std::ssize(rows.front());
    store::SeriesVariable demand{.name = "demand",
                                 .source_code = "D",
                                 .long_name = "demand",
                                 .units = "MW",
                                 .values = {},
                                 .flags = {},
                                 .cleaned = {}};
    for (std::size_t region = 0; region < rows.size(); ++region) {
        series.regions.push_back({std::string(1, static_cast<char>('A' + region)), "a region", zone});
        demand.values.insert(demand.values.end(), rows[region].begin(), rows[region].end());
    }
    series.variables.push_back(demand);
    return series;
}

}  // namespace gridring::test
