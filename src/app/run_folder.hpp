// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {

/// Whether the folder holds a checkpoint to go on from. Its config.yaml is then left alone until that proves to be
/// possible.
bool is_continued(const Settings& settings, bool is_fresh);
/// Rank 0 writes run.json and config.yaml: what was run, by which program, where. Formats: docs/data_format.md.
/// Collective.
void start_run_folder(const comm::Communicator& world, const Settings& settings, const std::string& command);
/// Adds finished_at to run.json.
void write_run_footer(const Settings& settings);
/// training.json.
void write_training(const Settings& settings, const train::Report& report, const series::Dataset& data,
                    const train::Split& split, std::int64_t parameters, int ranks);

/// config.yaml of a run folder. Throws StoreError when the folder is none.
Settings settings_of_run(const std::filesystem::path& folder);

}  // namespace gridring::app
