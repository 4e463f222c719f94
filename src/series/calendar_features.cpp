// SPDX-License-Identifier: MIT
#include "series/calendar_features.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include "gridring/series/dataset.hpp"

namespace gridring::series {
namespace {

constexpr int hour_waves = 4, week_waves = 3, year_waves = 3;  // three waves span every weekday

void append_waves(double phase, int waves, std::vector<float>& features) {
    for (int wave = 1; wave <= waves; ++wave) {
        features.push_back(static_cast<float>(std::sin(2 * std::numbers::pi * wave * phase)));
        features.push_back(static_cast<float>(std::cos(2 * std::numbers::pi * wave * phase)));
    }
}

/// Holidays around one local day; looked up once a day, not once an hour.
struct Holidays {
    std::chrono::sys_days day{std::chrono::days{-1'000'000}};
    SpecialDay kind = SpecialDay::none;
    bool today = false, yesterday = false, tomorrow = false;

    void move_to(std::chrono::sys_days next) {
        if (next == day) return;
        day = next;
        kind = special_day(day);
        today = is_us_holiday(day);
        yesterday = is_us_holiday(day - std::chrono::days{1});
        tomorrow = is_us_holiday(day + std::chrono::days{1});
    }
};

}  // namespace

const std::vector<std::string>& calendar_feature_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        const auto add_waves = [&](const std::string& of, int waves) {
            for (int wave = 1; wave <= waves; ++wave)
                for (const char* shape : {"sin", "cos"}) all.push_back(of + "_" + shape + "_" + std::to_string(wave));
        };
        add_waves("hour_of_day", hour_waves);
        add_waves("day_of_week", week_waves);
        add_waves("day_of_year", year_waves);
        for (const char* name : {"weekend", "holiday", "after_holiday", "before_holiday", "daylight_saving"})
            all.emplace_back(name);
        return all;
    }();
    return names;
}

void append_calendar(const LocalClock& clock, Hour first, std::int64_t hours, std::vector<float>& features,
                     std::vector<SpecialDay>& special) {
    features.reserve(features.size() + static_cast<std::size_t>(hours) * calendar_feature_names().size());
    Holidays holidays;
    for (std::int64_t i = 0; i < hours; ++i) {
        const LocalTime local = clock.at(first + std::chrono::hours{i - 1});  // the instant at which the hour begins
        holidays.move_to(date_of(local));
        special.push_back(holidays.kind);
        append_waves(local.hour / 24.0, hour_waves, features);
        append_waves(local.weekday / 7.0, week_waves, features);
        append_waves((local.day_of_year - 1) / 365.25, year_waves, features);
        for (const bool is_so :
             {local.weekday >= 5, holidays.today, holidays.yesterday, holidays.tomorrow, local.is_daylight_saving})
            features.push_back(is_so ? 1.0f : 0.0f);
    }
}

}  // namespace gridring::series
