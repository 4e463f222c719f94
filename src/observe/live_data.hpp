// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace gridring::observe {

/// What a run tells while it goes on (docs/data_format.md): {status, extraction_status, live, ranks: [by rank],
/// training}, null where there is nothing or what is there cannot be read: it may be half written. `training` is
/// training.json, or as much of it as progress.jsonl knows where that is newer; its curves have at most 400 points.
nlohmann::json live_data(const std::filesystem::path& run_folder);

/// null where it is not a JSON object.
nlohmann::json object_in(const std::filesystem::path& file);

/// The lines of progress.jsonl that hold: where a training went on from a checkpoint, the steps behind it were done
/// again, and the later lines count. A last line that is half written is left out.
std::vector<nlohmann::json> read_progress(const std::filesystem::path& file);

}  // namespace gridring::observe
