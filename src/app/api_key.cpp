// SPDX-License-Identifier: MIT
#include "app/api_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "gridring/core/error.hpp"
#include "gridring/core/private_file.hpp"

namespace gridring::app {

std::string read_secret(const std::filesystem::path& file, std::string_view what) {
    const std::string text = read_private_file(file, fmt::format("the {}", what));
    constexpr const char* blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string::npos)
        throw ConfigError(fmt::format("{}: expected the {}, found none", file.string(), what));
    const auto end = std::min(text.find_first_of(blanks, first), text.size());
    if (text.find_first_not_of(blanks, end) != std::string::npos)
        throw ConfigError(
            fmt::format("{}: expected the {} and nothing else, found more than one word", file.string(), what));
    return text.substr(first, end - first);
}

std::string read_api_key(const Settings& settings) {
    const char* key = std::getenv("EIA_API_KEY");
    if (key && *key) return key;
    return settings.key_file.empty() ? std::string() : read_secret(settings.key_file, "API key");
}

}  // namespace gridring::app
