// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gridring/store/results_file.hpp"

namespace gridring::store {

/// What a sweep measured, over named axes. Every axis of a score is one of `axes`.
struct SweepTable {
    std::vector<ScoreAxis> axes;
    std::vector<Score> scores;
    std::map<std::string, std::string> attributes;  ///< command, commit, the sweep's own text
};

/// sweep.h5, see docs/data_format.md: an axis whose labels are all numbers gets a numeric coordinate. Atomic. Throws
/// StoreError; BugError when a score does not have the extents of its axes.
void write_sweep(const std::filesystem::path& path, const SweepTable& table);

}  // namespace gridring::store
