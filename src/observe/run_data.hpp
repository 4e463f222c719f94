// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace gridring::observe {

/// What a page shows of a run beside live_data(): an object with one entry a topic ("forecast", "scores", …), null
/// where the run has none, without secrets. Throws StoreError as read_run_folder does.
nlohmann::json run_data(const std::filesystem::path& run_folder);

}  // namespace gridring::observe
