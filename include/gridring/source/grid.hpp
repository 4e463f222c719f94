// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring::source {

struct GridQuantity {
    std::string type;            ///< "D"
    std::vector<double> values;  ///< [hour], MW; NaN = the API has no row
};

struct GridRespondent {
    std::string code, name;
    std::vector<GridQuantity> quantities;  ///< in order of type
};

/// What an emulator of the API serves: hours first, first + 1 h, … of every respondent, in order of code.
struct Grid {
    Hour first;
    std::int64_t hours = 0;
    std::vector<GridRespondent> respondents;

    Hour last() const { return first + std::chrono::hours{hours - 1}; }
};

/// Reads <RESPONDENT>.csv and <RESPONDENT>.csv.gz of a folder: a header "period,D,DF,…" of which the columns D, DF, NG
/// and TI are taken, hours in any order, an empty cell for an absent row. Other files are named in the log and skipped.
/// Throws StoreError for a file that cannot be read, DataError with file, line and column for one that is malformed.
Grid read_csv_grid(const std::filesystem::path& folder);

}  // namespace gridring::source
