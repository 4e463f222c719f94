// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gridring::log {

enum class Level { debug, info, warning, error, off };

/// "debug", "info", "warning", "error", "off"; throws ConfigError otherwise.
Level parse_level(std::string_view name);

/// Lines go to standard error. Ranks other than 0 are silenced by `app` (set_level(off)) except for errors of their
/// own.
void set_level(Level level);
Level level();

void debug(std::string_view line);
void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

}  // namespace gridring::log
