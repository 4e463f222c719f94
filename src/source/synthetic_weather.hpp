// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>

#include "gridring/core/calendar.hpp"
#include "gridring/core/random.hpp"

namespace gridring::source {

/// Noise with a memory (AR(1)): x' = memory x + e, with the given deviation in the long run. The steps are uniform:
/// many of them add up to a normal deviate, and half the time of making years of weather would go into logarithms.
class Drift {
public:
    Drift(std::uint64_t seed, double memory, double deviation)
        : random_(seed),
          memory_(memory),
          reach_(deviation * std::sqrt(12 * (1 - memory * memory))),
          value_(deviation * random_.normal()) {}
    double next() { return value_ = memory_ * value_ + reach_ * (random_.uniform() - 0.5); }

private:
    Random random_;
    double memory_, reach_, value_;
};

struct Climate {
    double mean_c;     ///< [°C] over the year
    double annual_c;   ///< half the difference between July and January
    double daily_c;    ///< half the difference between afternoon and dawn
    double weather_c;  ///< deviation of daily means from the season
};

/// Hourly temperature: season, time of day, and weather that remembers about three days and changes smoothly.
class Weather {
public:
    Weather(const Climate& climate, std::uint64_t seed) : climate_(climate), daily_(seed, 0.72, climate.weather_c) {
        yesterday_ = daily_.next();
        today_ = daily_.next();
    }

    /// [°C]. One call an hour; the mean moves from one day's to the next over each UTC day.
    double next(Hour hour, const LocalTime& time) {
        const auto of_day = static_cast<double>(epoch_hours(hour) % 24);
        if (of_day == 0) {
            yesterday_ = today_;
            today_ = daily_.next();
        }
        const double share = (1 - std::cos(std::numbers::pi * of_day / 24)) / 2;
        constexpr double turn = 2 * std::numbers::pi;
        return climate_.mean_c - climate_.annual_c * std::cos(turn * (time.day_of_year - 20) / 365.25) +
               climate_.daily_c * std::cos(turn * (time.hour + 0.5 - 15.5) / 24) + yesterday_ +
               share * (today_ - yesterday_);
    }

private:
    Climate climate_;
    Drift daily_;
    double yesterday_ = 0, today_ = 0;
};

}  // namespace gridring::source
