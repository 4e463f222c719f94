// SPDX-License-Identifier: MIT
#include "gridring/core/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gridring/core/error.hpp"
#include "log_state.hpp"

namespace gridring::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_color_mt("gridring");
        made->set_pattern("%^%l%$ %v");
        return made;
    }();
    return *instance;
}

constexpr std::array<std::pair<std::string_view, Level>, 5> names{{{"debug", Level::debug},
                                                                   {"info", Level::info},
                                                                   {"warning", Level::warning},
                                                                   {"error", Level::error},
                                                                   {"off", Level::off}}};

constexpr std::array to_spdlog{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
                               spdlog::level::off};  // in the order of Level

}  // namespace

Level parse_level(std::string_view name) {
    for (const auto& [text, level] : names)
        if (text == name) return level;
    throw ConfigError("log level: expected debug, info, warning, error or off, found '" + std::string(name) + "'");
}

void set_level(Level level) { logger().set_level(to_spdlog[static_cast<std::size_t>(level)]); }

Level level() { return static_cast<Level>(std::ranges::find(to_spdlog, logger().level()) - to_spdlog.begin()); }

bool shows_progress() { return logger().should_log(spdlog::level::info); }

void debug(std::string_view line) { logger().debug("{}", line); }
void info(std::string_view line) { logger().info("{}", line); }
void warning(std::string_view line) { logger().warn("{}", line); }
void error(std::string_view line) { logger().error("{}", line); }

}  // namespace gridring::log
