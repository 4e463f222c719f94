// SPDX-License-Identifier: MIT
#include "app/api_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {

namespace fs = std::filesystem;

std::string read_secret(const fs::path& file, std::string_view what) {
    std::error_code error;
    const auto permissions = fs::status(file, error).permissions();
    if (error) throw StoreError(file.string(), fmt::format("expected a file with the {}: {}", what, error.message()));
    if ((permissions & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
        throw ConfigError(
            fmt::format("{}: expected a key file that only its owner may read, found mode {:03o}. Mend: "
                        "chmod 600 {}",
                        file.string(), static_cast<unsigned>(permissions & fs::perms::mask), file.string()));
    const std::string text = read_file(file);
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
