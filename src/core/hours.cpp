// SPDX-License-Identifier: MIT
#include "gridring/core/hours.hpp"

#include <fmt/format.h>

#include <charconv>

#include "gridring/core/error.hpp"

namespace gridring {
namespace {

std::optional<int> digits(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return value;
}

}  // namespace

std::optional<Hour> parse_hour(std::string_view text) {
    if (text.size() != 10 && text.size() != 13) return std::nullopt;
    if (text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
    std::optional<int> hour = 0;
    if (text.size() == 13) {
        if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
        hour = digits(text.substr(11, 2));
    }
    if (!year || !month || !day || !hour || *hour > 23) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return Hour{std::chrono::sys_days{date}} + std::chrono::hours{*hour};
}

std::optional<Hour> parse_full_hour(std::string_view text) {
    return text.find_first_of("T ") == std::string_view::npos ? std::nullopt : parse_hour(text);
}

Hour require_hour(std::string_view text, std::string_view where) {
    if (const auto hour = parse_full_hour(text)) return *hour;
    throw ConfigError(
        fmt::format("{}: expected an hour such as 2024-01-01T05 (UTC, hour ending), found '{}'", where, text));
}

std::string to_string(Hour hour) {
    const auto day = std::chrono::floor<std::chrono::days>(hour);
    const std::chrono::year_month_day date{day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), (hour - day).count());
}

double epoch_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string utc_timestamp(std::chrono::system_clock::time_point time) {
    const auto now = std::chrono::floor<std::chrono::seconds>(time);
    const auto hour = std::chrono::floor<std::chrono::hours>(now);
    const auto rest = now - hour;
    return fmt::format("{}:{:02}:{:02}Z", to_string(hour), rest.count() / 60, rest.count() % 60);
}

std::optional<Hour> hour_of_timestamp(std::string_view timestamp) {
    constexpr std::size_t length = std::string_view("2024-01-01T05").size();
    return timestamp.size() < length ? std::nullopt : parse_hour(timestamp.substr(0, length));
}

}  // namespace gridring
