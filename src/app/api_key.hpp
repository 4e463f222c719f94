// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "app/settings.hpp"

namespace gridring::app {

/// The one word in a file that keeps a secret, called `what` in errors. Throws ConfigError for a file that others may
/// read, StoreError for one that cannot be read. A secret is never a command-line argument, which every user of the
/// machine can see.
std::string read_secret(const std::filesystem::path& file, std::string_view what);

/// The key of the EIA API: EIA_API_KEY, else that of source.eia.key_file; empty where there is neither. Throws as
/// read_secret does.
std::string read_api_key(const Settings& settings);

}  // namespace gridring::app
