// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "gridring/core/hours.hpp"

/// The hours of EIA's bulk files. All are UTC and hour ending, as ours.
namespace gridring::source {

/// "07/01/2020 6:00:00 AM", month first.
std::optional<Hour> parse_clock_hour(std::string_view text);

/// "20240101T05Z".
std::optional<Hour> parse_compact_hour(std::string_view text);

}  // namespace gridring::source
