// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/extract/extract.hpp"
#include "gridring/source/own_table.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::extract {

/// Which files to bring into a series file, and what of them.
struct ImportOptions {
    std::vector<std::filesystem::path> inputs;  ///< files and folders; of a folder its files, by name
    std::filesystem::path series;               ///< to be written; its folder is made
    std::optional<Hour> from, to;               ///< the span of series.h5; default: first to last hour with a value
    std::vector<std::string> regions;           ///< in this order; empty = all there are, by code
    std::vector<std::string> variables;         ///< "demand", "generation_col", …; empty = all
    bool has_adjusted = false;                  ///< EIA's adjusted values too, as demand_adjusted, …
    bool may_replace = false;                   ///< an existing series file
    std::optional<source::OwnLayout> own;       ///< files are tables of the user's own, described by it
    std::string history;                        ///< the command line, for the provenance
};

struct ImportedFile {
    std::string name, kind;  ///< "EIA930_BALANCE_2024_Jan_Jun.csv", "EIA-930 balance"
    std::int64_t rows = 0;
};

/// Of the base, `records` and `bad_rows` are rows of the files, and `bytes_on_wire` what the files take on disk.
struct ImportSummary : Summary {
    std::vector<ImportedFile> files;  ///< that brought rows
    std::int64_t regions = 0, variables = 0;
    std::int64_t bytes = 0;      ///< unpacked
    double reading_seconds = 0;  ///< of `seconds`, until the last file was read
};

/// Reads the files in order, merges them hour by hour as extraction merges its pages (the first value stays, a
/// different one makes the hour conflicting), screens and writes. Throws, and leaves an earlier series file as it was:
/// ConfigError for options that make no sense, StoreError for files that cannot be read, DataError for a file of no
/// known kind, a schema that does not fit, a region or variable without a value.
ImportSummary run_import(const ImportOptions& options);
/// The same series in memory; options.series is not looked at.
store::Series import_series(const ImportOptions& options);

/// The closing lines for the terminal. Of many series, sums over the regions.
std::string to_text(const ImportSummary& summary);

}  // namespace gridring::extract
