// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include "gridring/core/random.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::test {

/// Two regions with a daily and weekly shape, noise, and a gap in the first: enough to train and score on in tests.
inline store::Series small_grid(std::int64_t hours) {
    store::Series series;
    series.first = *parse_hour("2023-01-01T00");
    series.hours = hours;
    series.regions = {{"PACW", "PacifiCorp West", "America/Los_Angeles"},
                      {"ERCO", "Electric Reliability Council", "America/Chicago"}};
    store::SeriesVariable demand{"demand", "D", "Demand", "MW", {}, {}, {}};
    Random random(7);
    for (std::int64_t region = 0; region < 2; ++region) {
        std::vector<double> mw;
        for (std::int64_t t = 0; t < hours; ++t) {
            const double day = std::sin(2 * 3.14159265 * static_cast<double>(t % 24) / 24),
                         week = t % 168 < 120 ? 1 : -1;
            mw.push_back(1000.0 * static_cast<double>(region + 1) *
                         (3 + 0.5 * day + 0.2 * week + 0.03 * random.normal()));
        }
        if (region == 0)
            for (std::int64_t t = hours / 2; t < std::min(hours, hours / 2 + 5); ++t)
                mw[static_cast<std::size_t>(t)] = std::numeric_limits<double>::quiet_NaN();
        const auto flags = series::screen_missing(mw);
        demand.values.insert(demand.values.end(), mw.begin(), mw.end());
        demand.flags.insert(demand.flags.end(), flags.begin(), flags.end());
    }
    series.variables.push_back(std::move(demand));
    return series;
}

}  // namespace gridring::test
