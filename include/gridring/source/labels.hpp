// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring::source {

/// What somebody else says of hours, one word each ("OKAY", "MISSING", "LOCAL_DEM_UP", …), in the order of the file.
using Labels = std::vector<std::pair<Hour, std::string>>;

/// The columns `period` and `anomaly` of <respondent>.csv or .csv.gz in the folder, as published with Ruggles et al.
/// 2020 (10.1038/s41597-020-0483-x); hours with an empty cell are left out. Empty where there is no such file. Throws
/// DataError naming file and line for a missing column or an unreadable period; StoreError for an unreadable file.
std::optional<Labels> read_labels(const std::filesystem::path& folder, const std::string& respondent);

/// Whether there is such a file, with such a column. Throws StoreError for an unreadable file.
bool has_labels(const std::filesystem::path& folder, const std::string& respondent);

}  // namespace gridring::source
