// SPDX-License-Identifier: MIT
#include "gridring/core/calendar.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"

using namespace gridring;

TEST_CASE("wall clock follows daylight saving of the balancing authority") {
    const LocalClock pacific(zone_of_respondent("CISO"));
    const LocalTime winter = pacific.at(*parse_hour("2024-01-01T08"));
    CHECK((winter.hour == 0 && winter.day == 1 && winter.weekday == 0 && winter.day_of_year == 1 &&
           !winter.is_daylight_saving));
    const LocalTime summer = pacific.at(*parse_hour("2024-07-01T06"));
    CHECK((summer.hour == 23 && summer.day == 30 && summer.month == 6 && summer.is_daylight_saving));
    CHECK(summer.utc_offset_minutes == -420);
    CHECK_THROWS_AS(LocalClock("America/Nowhere"), ConfigError);
    CHECK(zone_of_respondent("??") == "UTC");
}

TEST_CASE("local midnights are 23 and 25 hours apart when clocks change") {
    const LocalClock pacific("America/Los_Angeles");
    CHECK(to_string(pacific.instant(2024, 3, 10, 0)) == "2024-03-10T08");
    CHECK((pacific.instant(2024, 3, 11, 0) - pacific.instant(2024, 3, 10, 0)).count() == 23);
    CHECK((pacific.instant(2024, 11, 4, 0) - pacific.instant(2024, 11, 3, 0)).count() == 25);
    CHECK(pacific.instant(2024, 3, 10, 2) == pacific.instant(2024, 3, 10, 3));  // 02:00 does not exist that day
}

TEST_CASE("the wall clock skips an hour in spring and shows one twice in autumn") {
    using namespace std::chrono;
    const LocalClock berlin("Europe/Berlin");
    const auto at = [](int month_number, int day_number, int hour, int minute) {
        return Minute{sys_days{2023y / month_number / day_number}} + hours{hour} + minutes{minute};
    };
    CHECK(berlin.instants(at(3, 26, 1, 30)) == std::vector{at(3, 26, 0, 30)});
    CHECK(berlin.instants(at(3, 26, 2, 30)).empty());
    CHECK(berlin.instants(at(3, 26, 3, 0)) == std::vector{at(3, 26, 1, 0)});
    CHECK(berlin.instants(at(10, 29, 2, 30)) == std::vector{at(10, 29, 0, 30), at(10, 29, 1, 30)});
    CHECK(LocalClock("Australia/Adelaide").instants(at(7, 1, 9, 30)) == std::vector{at(7, 1, 0, 0)});
}

TEST_CASE("US holidays, their observed days and ordinary days") {
    for (const auto& [y, m, d] : {std::tuple{2024, 7, 4},
                                  {2021, 7, 5},
                                  {2021, 12, 31},
                                  {2024, 11, 28},
                                  {2024, 11, 29},
                                  {2023, 5, 29},
                                  {2024, 1, 15},
                                  {2022, 6, 20}})
        CHECK_MESSAGE(is_us_holiday(y, m, d), y, "-", m, "-", d);
    for (const auto& [y, m, d] : {std::tuple{2024, 7, 5}, {2020, 6, 19}, {2024, 11, 21}, {2024, 12, 31}, {2023, 5, 22}})
        CHECK_MESSAGE(!is_us_holiday(y, m, d), y, "-", m, "-", d);
}

TEST_CASE("special days have their kind, the observed day that of its holiday; the days around Christmas are none") {
    using namespace std::chrono;
    CHECK(special_day(2023y / 11 / 23) == SpecialDay::thanksgiving);
    CHECK(special_day(2023y / 11 / 24) == SpecialDay::after_thanksgiving);
    CHECK(special_day(2021y / 12 / 24) == SpecialDay::christmas);  // the 25th is a Saturday
    CHECK(special_day(2021y / 12 / 31) == SpecialDay::new_year);
    CHECK(special_day(2019y / 12 / 24) == SpecialDay::christmas_eve);
    CHECK(special_day(2019y / 12 / 27) == SpecialDay::between_years);
    CHECK_FALSE(is_us_holiday(2019y / 12 / 27));
    CHECK(special_day(2020y / 6 / 19) == SpecialDay::none);
    CHECK(special_day(2019y / 10 / 15) == SpecialDay::none);
}
