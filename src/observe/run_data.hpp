// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace gridring::observe {

/// All that a page shows of a run: an object with one entry a topic ("forecast", "training", …), null where the run has
/// none, without secrets. Throws StoreError as read_run_folder does.
nlohmann::json run_data(const std::filesystem::path& run_folder);

}  // namespace gridring::observe
