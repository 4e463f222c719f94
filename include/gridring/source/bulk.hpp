// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/hours.hpp"

/// Files of hourly data that can be had without the API: EIA's bulk downloads, and plain CSV.
namespace gridring::source {

struct BulkQuantity {
    std::string variable;     ///< "demand", the name in series.h5
    std::string source_code;  ///< "D"; of fuels "COL", of interchange the other side, of others the column's own name
    std::string long_name;    ///< for people and CF attributes
    std::string units = "MW";
};

/// Part of one quantity of one region, in the order of the file.
struct BulkStretch {
    std::string_view region;
    const BulkQuantity& quantity;
    std::span<const Hour> hours;     ///< UTC, hour ending; any order, repeats as they come
    std::span<const double> values;  ///< [MW], finite: empty cells and nulls are left out
};
using TakeStretch = std::function<void(const BulkStretch&)>;

enum class BulkKind {
    unknown,
    balance,      ///< EIA930_BALANCE_*.csv
    interchange,  ///< EIA930_INTERCHANGE_*.csv
    series,       ///< EBA.txt: one JSON object a line
    plain,        ///< <RESPONDENT>.csv: period,D,DF,NG,TI
    own,          ///< a CSV as the user describes it: own_table.hpp
};
std::string_view to_string(BulkKind kind);

/// What came of one text: a file, or one of several in a zip archive.
struct BulkReport {
    std::string name;  ///< "EIA930_BALANCE_2020_Jan_Jun.csv", "EBA.zip/EBA.txt"
    BulkKind kind = BulkKind::unknown;
    std::string detail{};  ///< behind the kind, such as "rows of 30 min"
    std::string problem;   ///< of an unknown kind: what was expected, and what found
    std::int64_t rows = 0;
    std::int64_t bad_rows = 0;  ///< of those, unreadable; they brought nothing
    std::int64_t bytes = 0;     ///< unpacked
    std::vector<std::string>
        first_bad;  ///< at most ten bad rows, each with file, line, hour, column and what was found
    std::vector<std::string> warnings;
};

struct BulkOptions {
    bool has_adjusted = false;                   ///< EIA's adjusted columns too, as variables of their own
    std::function<void(std::int64_t)> progress;  ///< told the bytes read of the file, as it is on disk
};

/// Reads .csv, .txt, .gz or .zip of any kind above, told apart by their first line, in pieces: memory does not grow
/// with the file. Throws StoreError for one that cannot be read or unpacked, DataError with file, line and what was
/// expected for a known kind whose columns are not there, or of which no row can be read.
std::vector<BulkReport> read_bulk(const std::filesystem::path& file, const BulkOptions& options,
                                  const TakeStretch& take);

}  // namespace gridring::source
