// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace gridring::observe {

/// Writes the report of one run as a single HTML page that needs no other file, no server and no network; atomic.
/// Reads only the files of `run_folder` (docs/data_format.md): config.yaml, run.json, extraction.json, training.json,
/// scores.json, results.h5, forecast.h5, series.h5. Each may be absent: its section then names the command that makes
/// it. Throws StoreError when the folder is missing, holds none of these files, or holds one that cannot be read.
void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& html);

/// The same of a sweep, from its sweep.csv: every metric against every axis and every key that an axis sets.
void write_sweep_report(const std::filesystem::path& sweep_folder, const std::filesystem::path& html);

}  // namespace gridring::observe
