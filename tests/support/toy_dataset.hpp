// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "gridring/core/random.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::test {

/// A small grid that a model can learn: a daily and a weekly wave, noise that lasts, a few missing hours; the calendar
/// is sine and cosine of the hour of day and of the week.
inline series::Dataset toy_dataset(std::int64_t hours, std::int64_t regions = 2, std::uint64_t seed = 1) {
    series::Dataset data;
    data.first = from_epoch_hours(440000);
    data.hours = hours;
    data.known_ahead = 24;
    data.calendar_width = 4;
    const double day = 2 * std::numbers::pi / 24, week = day / 7;
    for (std::int64_t r = 0; r < regions; ++r) {
        data.regions.emplace_back(1, static_cast<char>('A' + r));
        data.time_zones.emplace_back("UTC");
        Random random(mix_seed(seed, static_cast<std::uint64_t>(r)));
        double drift = 0;
        for (std::int64_t t = 0; t < hours + data.known_ahead; ++t) {
            const auto hour = static_cast<double>(t);
            for (const double angle : {hour * day, hour * week}) {
                data.calendar.push_back(static_cast<float>(std::sin(angle)));
                data.calendar.push_back(static_cast<float>(std::cos(angle)));
            }
            data.special_days.push_back(SpecialDay::none);
            if (t >= hours) continue;
            drift = 0.98 * drift + 5 * random.normal();
            const double mw = 1000 + 150 * std::sin(hour * day) + 60 * std::cos(hour * week) + drift;
            const bool is_missing = random.below(50) == 0;
            data.actual_mw.push_back(is_missing ? std::nan("") : mw);
            data.is_valid.push_back(is_missing ? 0 : 1);
            data.filled_mw.push_back(is_missing ? 1000.0f : static_cast<float>(mw));
        }
    }
    return data;
}

}  // namespace gridring::test
