// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring::store {

/// One hourly quantity of every region, [region][hour]. `name` is the HDF5 variable ("demand"); its flags are stored as
/// <name>_flag, its cleaned values as <name>_clean. Formats: docs/data_format.md.
struct SeriesVariable {
    std::string name;         ///< "demand", "demand_forecast", "net_generation", "total_interchange"
    std::string source_code;  ///< what the source calls it: "D", "DF", "NG", "TI"
    std::string long_name;
    std::string units = "MW";          ///< mean over the hour
    std::vector<double> values;        ///< as received; NaN = missing
    std::vector<std::uint16_t> flags;  ///< bits of series::Flag; 0 = good; empty = not screened
    std::vector<double> cleaned;       ///< values with flagged hours NaN'd or repaired; empty = none
    std::string cleaning_method{};     ///< of `cleaned`: "drop", "fill"; "" = there is none
};

struct SeriesRegion {
    std::string code;       ///< "PACW"
    std::string name;       ///< "PacifiCorp West"
    std::string time_zone;  ///< IANA
};

/// Where the numbers came from. Never holds the API key.
struct Provenance {
    std::string source;        ///< "EIA-930 hourly, API v2 region-data"
    std::string source_url;    ///< base URL, no query
    std::string retrieved_at;  ///< UTC timestamp
    std::string api_version;
    std::string history;  ///< command line and versions
};

/// A regular hourly axis without holes: hour i is first + i, hour ending, UTC.
struct Series {
    Hour first;
    std::int64_t hours = 0;
    std::vector<SeriesRegion> regions;
    std::vector<SeriesVariable> variables;
    std::vector<std::string>
        flag_names;  ///< of the bits in every variable's flags, lowest bit first; series::screen sets it
    Provenance provenance;

    /// Throws DataError naming what there is.
    const SeriesVariable& variable(const std::string& name) const;
    std::int64_t region_index(const std::string& code) const;
};

/// Writes beside, fsyncs and renames: a kill leaves the last complete file. Throws StoreError; BugError when lengths
/// disagree, or there are flags without names or cleaned values without their method. Writes format version 2.
void write_series(const std::filesystem::path& path, const Series& series);

/// The same file row by row, for a series that need not fit into memory. Throws as write_series does.
class SeriesWriter {
public:
    /// `about` tells all but the variables: they come one after the other.
    SeriesWriter(const std::filesystem::path& path, const Series& about);
    ~SeriesWriter();  ///< what was not published is gone
    SeriesWriter(const SeriesWriter&) = delete;
    SeriesWriter& operator=(const SeriesWriter&) = delete;

    /// Its names; the hours come by row.
    void begin(const SeriesVariable& about, bool has_flags, bool has_cleaned);
    /// [hour] of one region, of the variable begun last. A region left out is missing all through.
    void row(std::int64_t region, std::span<const double> values, std::span<const std::uint16_t> flags,
             std::span<const double> cleaned);
    void publish();

private:
    struct File;
    std::unique_ptr<File> file_;
};

/// Versions 1 and 2; flag_names are those of the file. Throws StoreError naming the path and what is wrong: absent, not
/// HDF5, not a series, another version.
Series read_series(const std::filesystem::path& path);

/// Throws StoreError where read_series would for the file as a whole; reads it, but keeps nothing.
void expect_series(const std::filesystem::path& path);
/// What tells this file's bytes from any other's, as it was written; empty where a program other than gridring changed
/// them. Reads the end of the file alone.
std::string checksum_of_series(const std::filesystem::path& path);

/// Hours [first, first + count) of one variable's region row ("demand", "demand_clean", "demand_flag"): the hyperslab a
/// rank needs, without reading the rest.
std::vector<double> read_hours(const std::filesystem::path& path, const std::string& variable, std::int64_t region,
                               std::int64_t first, std::int64_t count);

}  // namespace gridring::store
