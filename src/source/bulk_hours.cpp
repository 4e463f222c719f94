// SPDX-License-Identifier: MIT
#include "bulk_hours.hpp"

namespace gridring::source {
namespace {

using namespace std::chrono;

/// All of `text`, digits alone; -1 for anything else.
int number(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = 10 * value + (c - '0');
    }
    return text.empty() ? -1 : value;
}

/// A slip in the year would stretch the time axis of all series over centuries.
std::optional<Hour> hour_of(int year_number, int month_number, int day_number, int hour) {
    if (year_number < 1990 || year_number > 2099 || month_number < 0 || day_number < 0 || hour < 0 || hour > 23)
        return std::nullopt;
    const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                              day{static_cast<unsigned>(day_number)}};
    if (!date.ok()) return std::nullopt;
    return Hour{sys_days{date}} + hours{hour};
}

}  // namespace

std::optional<Hour> parse_clock_hour(std::string_view text) {
    constexpr std::string_view on_the_hour = ":00:00 ";
    if (text.size() < 21 || text.size() > 22 || text[2] != '/' || text[5] != '/' || text[10] != ' ')
        return std::nullopt;
    const std::size_t colon = text.size() - 9;
    const std::string_view half = text.substr(text.size() - 2);
    if (text.substr(colon, on_the_hour.size()) != on_the_hour || (half != "AM" && half != "PM")) return std::nullopt;
    const int hour = number(text.substr(11, colon - 11));
    if (hour < 1 || hour > 12) return std::nullopt;
    return hour_of(number(text.substr(6, 4)), number(text.substr(0, 2)), number(text.substr(3, 2)),
                   hour % 12 + (half == "PM" ? 12 : 0));
}

std::optional<Hour> parse_compact_hour(std::string_view text) {
    if (text.size() != 12 || text[8] != 'T' || text[11] != 'Z') return std::nullopt;
    return hour_of(number(text.substr(0, 4)), number(text.substr(4, 2)), number(text.substr(6, 2)),
                   number(text.substr(9, 2)));
}

}  // namespace gridring::source
