// SPDX-License-Identifier: MIT
#include "app/api_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {

namespace fs = std::filesystem;

std::string read_api_key(const Settings& settings) {
    const char* key = std::getenv("EIA_API_KEY");
    if (key && *key) return key;
    if (settings.key_file.empty()) return {};
    std::error_code error;
    const auto permissions = fs::status(settings.key_file, error).permissions();
    if (error) throw StoreError(settings.key_file.string(), "expected a file with the API key: " + error.message());
    if ((permissions & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
        throw ConfigError(
            fmt::format("{}: expected a key file that only its owner may read, found mode {:03o}. Mend: "
                        "chmod 600 {}",
                        settings.key_file.string(), static_cast<unsigned>(permissions & fs::perms::mask),
                        settings.key_file.string()));
    const std::string text = read_file(settings.key_file);
    constexpr const char* blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string::npos)
        throw ConfigError(settings.key_file.string() + ": expected the API key, found none");
    const auto end = std::min(text.find_first_of(blanks, first), text.size());
    if (text.find_first_not_of(blanks, end) != std::string::npos)
        throw ConfigError(settings.key_file.string() +
                          ": expected the API key and nothing else, found more than one word");
    return text.substr(first, end - first);
}

}  // namespace gridring::app
