// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring {

/// Wall-clock time of one UTC instant in one time zone.
struct LocalTime {
    int year, month, day;
    int hour;         ///< 0..23
    int weekday;      ///< 0 = Monday … 6 = Sunday
    int day_of_year;  ///< 1..366
    bool is_daylight_saving;
    int utc_offset_minutes;
};

/// The day on the calendar of that clock.
std::chrono::sys_days date_of(const LocalTime& local);

/// Converts instants to the wall clock of one IANA time zone ("America/Los_Angeles"). Cheap to copy.
class LocalClock {
public:
    /// Throws ConfigError when the system's time-zone database does not know `zone`.
    explicit LocalClock(std::string_view zone);
    const std::string& zone() const { return zone_; }

    /// The wall clock at instant `hour`. (The load stamped `hour` was consumed in the hour that ENDS here.)
    LocalTime at(Hour hour) const;

    /// The instant at which local `hour_of_day` of a date begins; the first of two when clocks go back, the next
    /// existing one when they go forward.
    Hour instant(std::chrono::sys_days date, int hour_of_day) const;
    Hour instant(int year, int month, int day, int hour_of_day) const;

    /// All instants at which the clock shows this time (of day on its calendar, carried as if it were UTC), in order:
    /// none in the gap of spring, two in the double hour of autumn.
    std::vector<Minute> instants(Minute wall_clock) const;

private:
    std::string zone_;
    const void* handle_;  // date::time_zone, owned by the library
};

/// IANA zone of a balancing authority or EIA region ("CISO" -> "America/Los_Angeles"); "UTC" for codes not in the
/// table.
std::string_view zone_of_respondent(std::string_view code);

/// Days unlike others of their weekday: US federal holidays, the date itself as well as the day on which it is
/// observed, and days that most loads treat alike.
enum class SpecialDay : std::uint8_t {
    none,
    new_year,
    martin_luther_king,
    washington,
    memorial,
    juneteenth,  ///< since 2021
    independence,
    labor,
    columbus,
    veterans,
    thanksgiving,
    after_thanksgiving,
    christmas,
    christmas_eve,  ///< no holiday, like the next
    between_years,  ///< 26 to 31 December
};
inline constexpr int special_days = 15;  ///< none included
SpecialDay special_day(std::chrono::sys_days day);

bool is_us_holiday(int year, int month, int day);
bool is_us_holiday(std::chrono::sys_days day);

}  // namespace gridring
