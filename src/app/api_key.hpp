// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/settings.hpp"

namespace gridring::app {

/// The key of the EIA API: EIA_API_KEY, else the one word in source.eia.key_file; empty where there is neither.
/// Throws ConfigError for a file that others may read, StoreError for one that cannot be read. A key is never a
/// command-line argument, which every user of the machine can see.
std::string read_api_key(const Settings& settings);

}  // namespace gridring::app
