// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::observe {

/// What a run left behind. Absent files are null, empty or nullopt, and are named in `missing`.
struct RunFolder {
    struct Missing {
        std::string file, command;  ///< "scores.json", "gridring evaluate RUN_DIR"
    };
    std::string name;
    std::string config;
    nlohmann::json run, extraction, training, scores;
    std::optional<store::Results> results, forecast;
    std::optional<store::Series> series;
    std::vector<Missing> missing;

    /// IANA zone of a region: what the series says, else the scores, else the table of balancing authorities.
    std::string zone_of(const std::string& region) const;
    /// "PacifiCorp West"; the code itself where nothing names it.
    std::string name_of(const std::string& region) const;
    /// Codes of every region that any file speaks of, in order of first appearance.
    std::vector<std::string> regions() const;
};

/// "demo" of runs/demo, runs/demo/ and, from within, ".".
std::string name_of_folder(const std::filesystem::path& folder);

/// Throws StoreError: no such folder, none of the files in it, or one that cannot be read.
RunFolder read_run_folder(const std::filesystem::path& folder);

}  // namespace gridring::observe
