// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {

/// run.json and config.yaml: what was run, by which program, where. Rank 0 only. Formats: docs/data_format.md.
void write_run_header(const Settings& settings, int ranks, const std::string& command);
/// Adds finished_at to run.json.
void write_run_footer(const Settings& settings);
/// training.json.
void write_training(const Settings& settings, const train::Report& report, const series::Dataset& data,
                    const train::Split& split, std::int64_t parameters, int ranks);

/// config.yaml of a run folder. Throws StoreError when the folder is none.
Settings settings_of_run(const std::filesystem::path& folder);

}  // namespace gridring::app
