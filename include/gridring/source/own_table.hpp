// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gridring/source/bulk.hpp"

/// CSV as people have it: local time, half hours, columns of their own names.
namespace gridring::source {

enum class RowLabel { beginning, ending };  ///< what a row's time names of the interval that the row is of
enum class RowUnit { mw, kw, mwh_per_row, kwh_per_row };
enum class DateOrder { unknown, day_first, month_first };  ///< of 3/4/2023

/// Throw ConfigError for any other text.
RowLabel parse_row_label(const std::string& text);    ///< "beginning", "ending"
RowUnit parse_row_unit(const std::string& text);      ///< "mw", "kw", "mwh-per-row", "kwh-per-row"
DateOrder parse_date_order(const std::string& text);  ///< "dmy", "mdy"

struct OwnCovariate {
    std::string column;
    std::string units = "unknown";
};

/// How a CSV of the user's own is to be read.
struct OwnLayout {
    std::string time = "period";
    std::string value = "D";  ///< column of the demand; not looked at in wide files
    bool is_wide = false;     ///< every column but time and covariates is the demand of a region of its name
    std::vector<OwnCovariate> covariates;   ///< kept as variables of their names, means over the hour
    std::string region;                     ///< of the file's demand; empty = the name of the file
    std::vector<std::string> wide_regions;  ///< of a wide file these columns alone; empty = all
    std::string time_zone;                  ///< IANA, of the region's local time; empty = every time tells its offset
    std::string clock;                      ///< IANA, that the times are of; empty = time_zone
    std::optional<RowLabel> labels;         ///< must be told, but of a column "period", which is hour ending
    RowUnit unit = RowUnit::mw;             ///< of the demand
    char decimal = '.';
    DateOrder date_order = DateOrder::unknown;
};

/// Throws ConfigError for a layout that makes no sense, whatever the file.
void check(const OwnLayout& layout);

/// "temperature_c" of "Temperature (C)": what a covariate's column is called in series.h5.
std::string variable_of_column(const std::string& column);

/// Reads such a file (.csv, .txt, .gz, .zip): a header, then rows in order of time, equally long, an hour or a whole
/// part of it; separated by comma, semicolon or tab, whichever separates the time column from the others. Rows become
/// hours, UTC, hour ending: the mean of their power, where all rows of the hour are there; else the hour is missing.
/// Times without an offset are of the clock: the first of a double hour is summer time. An empty cell, NA, NaN, null
/// or - is missing; so is a cell that is no number, which is told; a row without a time is told and left out. Throws
/// StoreError for a file that cannot be read, DataError with file, line, what was expected and how to mend for columns
/// that are not there, times that do not exist or do not increase, rows of another length.
std::vector<BulkReport> read_own_table(const std::filesystem::path& file, const OwnLayout& layout,
                                       const BulkOptions& options, const TakeStretch& take);

}  // namespace gridring::source
