// SPDX-License-Identifier: MIT
#include "gridring/core/calendar.hpp"

#include <date/tz.h>

#include <array>
#include <stdexcept>

#include "gridring/core/error.hpp"

namespace gridring {
namespace {

using namespace std::chrono;

const date::time_zone& as_zone(const void* handle) { return *static_cast<const date::time_zone*>(handle); }

year_month_day nth(int year_number, unsigned month_number, weekday day, unsigned index) {
    return year_month_day{sys_days{year{year_number} / month{month_number} / day[index]}};
}
year_month_day last(int year_number, unsigned month_number, weekday day) {
    return year_month_day{sys_days{year{year_number} / month{month_number} / day[std::chrono::last]}};
}

/// A fixed date is also observed on the nearest working day (5 U.S.C. 6103): Saturday -> Friday, Sunday -> Monday.
bool is_fixed_holiday(sys_days day, unsigned month_number, unsigned day_number) {
    const int this_year = static_cast<int>(year_month_day{day}.year());
    for (const int candidate : {this_year, this_year + 1}) {  // 1 January may be observed on 31 December
        const sys_days holiday{year{candidate} / month{month_number} / std::chrono::day{day_number}};
        const weekday falls{holiday};
        const sys_days observed = falls == Saturday ? holiday - days{1} : falls == Sunday ? holiday + days{1} : holiday;
        if (day == holiday || day == observed) return true;
    }
    return false;
}

}  // namespace

LocalClock::LocalClock(std::string_view zone) : zone_(zone) {
    try {
        handle_ = date::locate_zone(zone_);
    } catch (const std::runtime_error&) {
        throw ConfigError("time zone '" + zone_ +
                          "' is not in the system's time-zone database; expected an IANA name such as America/Chicago");
    }
}

LocalTime LocalClock::at(Hour hour) const {
    const sys_seconds instant{hour};
    const date::sys_info info = as_zone(handle_).get_info(instant);
    const auto local = instant + info.offset;  // wall-clock fields carried in a sys_time
    const sys_days day = floor<days>(local);
    const year_month_day ymd{day};
    LocalTime result{};
    result.year = static_cast<int>(ymd.year());
    result.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
    result.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
    result.hour = static_cast<int>(floor<hours>(local - day).count());
    result.weekday = static_cast<int>(weekday{day}.iso_encoding()) - 1;
    result.day_of_year = static_cast<int>((day - sys_days{ymd.year() / 1 / 1}).count()) + 1;
    result.is_daylight_saving = info.save != minutes{0};
    result.utc_offset_minutes = static_cast<int>(floor<minutes>(info.offset).count());
    return result;
}

Hour LocalClock::instant(sys_days date, int hour_of_day) const {
    const date::local_seconds local{(date + hours{hour_of_day}).time_since_epoch()};
    return floor<hours>(as_zone(handle_).to_sys(local, date::choose::earliest));
}

Hour LocalClock::instant(int year_number, int month_number, int day_number, int hour_of_day) const {
    return instant(sys_days{year{year_number} / month{static_cast<unsigned>(month_number)} /
                            day{static_cast<unsigned>(day_number)}},
                   hour_of_day);
}

std::vector<Minute> LocalClock::instants(Minute wall_clock) const {
    const date::local_time<minutes> local{wall_clock.time_since_epoch()};
    const date::local_info info = as_zone(handle_).get_info(local);
    const auto by = [&](const date::sys_info& rule) { return wall_clock - floor<minutes>(rule.offset); };
    if (info.result == date::local_info::nonexistent) return {};
    if (info.result == date::local_info::unique) return {by(info.first)};
    return {by(info.first), by(info.second)};
}

sys_days date_of(const LocalTime& local) { return sys_days{year{local.year} / local.month / local.day}; }

SpecialDay special_day(sys_days day) {
    using enum SpecialDay;
    const year_month_day date{day};
    const int y = static_cast<int>(date.year());
    if (is_fixed_holiday(day, 1, 1)) return new_year;
    if (is_fixed_holiday(day, 7, 4)) return independence;
    if (is_fixed_holiday(day, 11, 11)) return veterans;
    if (is_fixed_holiday(day, 12, 25)) return christmas;
    if (y >= 2021 && is_fixed_holiday(day, 6, 19)) return juneteenth;
    const auto thanks = nth(y, 11, Thursday, 4);
    if (date == thanks) return thanksgiving;
    if (day == sys_days{thanks} + days{1}) return after_thanksgiving;
    if (date == nth(y, 1, Monday, 3)) return martin_luther_king;
    if (date == nth(y, 2, Monday, 3)) return washington;
    if (date == last(y, 5, Monday)) return memorial;
    if (date == nth(y, 9, Monday, 1)) return labor;
    if (date == nth(y, 10, Monday, 2)) return columbus;
    if (date.month() == December && date.day() >= 24d) return date.day() == 24d ? christmas_eve : between_years;
    return none;
}

bool is_us_holiday(sys_days day) {
    const SpecialDay kind = special_day(day);
    return kind != SpecialDay::none && kind != SpecialDay::christmas_eve && kind != SpecialDay::between_years;
}

bool is_us_holiday(int year_number, int month_number, int day_number) {
    return is_us_holiday(sys_days{year{year_number} / month_number / day_number});
}

}  // namespace gridring
