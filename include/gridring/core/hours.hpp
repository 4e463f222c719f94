// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gridring {

/// One hour of the UTC time line, named by its END, as EIA-930 stamps it: 2024-01-01T01 is the mean from 00:00 to
/// 01:00.
using Hour = std::chrono::sys_time<std::chrono::hours>;

/// An instant, for rows shorter than an hour.
using Minute = std::chrono::sys_time<std::chrono::minutes>;

/// Parses "2024-01-01T05" (also "2024-01-01", meaning T00, and a space for the T); empty when it is no valid hour.
std::optional<Hour> parse_hour(std::string_view text);

/// Like parse_hour, but empty for a day without its hour: as the end of a span it would lose 23.
std::optional<Hour> parse_full_hour(std::string_view text);

/// Like parse_full_hour, but throws ConfigError naming `where`.
Hour require_hour(std::string_view text, std::string_view where);

/// "2024-01-01T05".
std::string to_string(Hour hour);

/// The latest hour that is over.
inline Hour latest_hour() { return std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now()); }

/// Hours since 1970-01-01T00, the time axis of every file.
inline std::int64_t epoch_hours(Hour hour) { return hour.time_since_epoch().count(); }
inline Hour from_epoch_hours(std::int64_t hours) { return Hour{std::chrono::hours{hours}}; }

/// "2026-11-22T13:20:46Z".
std::string utc_timestamp(std::chrono::system_clock::time_point time = std::chrono::system_clock::now());
/// Seconds since 1970, by the clock of this machine.
double epoch_seconds();

/// The last hour that had begun at such a time stamp; empty when it is none.
std::optional<Hour> hour_of_timestamp(std::string_view timestamp);

}  // namespace gridring
