// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/series/cleaning.hpp"
#include "gridring/store/series_file.hpp"

/// The extraction job: which pages to fetch, how fast, what to do when one fails, and where everything goes.
namespace gridring::extract {

struct Options {
    std::string base_url = "https://api.eia.gov/v2";  ///< without query or fragment
    /// What the provenance of series.h5 calls the data; for an emulator, what it serves ("synthetic grid, seed 1").
    std::string source_name = "EIA-930 hourly, API v2 electricity/rto/region-data";
    /// What raw pages must come from to be used again; empty = base_url. An emulator's port changes, its data do not.
    std::string identity;
    /// As source::eia_routes() names them.
    std::vector<std::string> datasets{"region-data"};
    std::vector<std::string> regions;
    std::vector<std::string> types{"D", "DF"};  ///< of region-data; the other data sets bring all they have
    Hour from{}, to{};                          ///< both included
    std::filesystem::path folder;               ///< receives series.h5, raw/ and revisions.csv; fetch() needs none
    std::string history;                        ///< the command line, for the provenance of series.h5
    bool is_fresh = false;                      ///< fetch all anew, whatever pages there are
    std::int64_t update_hours = 0;              ///< so many hours before `to` are fetched again, for their revisions
    int connections = 5;
    double requests_per_second = 4;          ///< of all connections together; EIA allows 5 and suspends keys above
    int burst = 4;                           ///< requests that may go out at once after a pause
    std::int64_t requests_per_hour = 9'000;  ///< in any 60 minutes; EIA's other limit
    int attempts = 6;                        ///< for one page, and for one window whose total moves
    std::chrono::milliseconds backoff{500},
        longest_backoff{60'000};                      ///< first wait and cap; doubled and jittered in between
    std::int64_t page_rows = 5000;                    ///< the API's limit
    series::Cleaning clean = series::Cleaning::none;  ///< variables <name>_clean beside those as received
    std::filesystem::path ca_file;                    ///< PEM certificates trusted beside those of the system
    bool is_direct = false;  ///< past the proxies that the environment names: for a server on this machine
    std::stop_token stop;    ///< the pages in hand are finished, then run() throws Stopped
};

/// run() was asked to stop. What arrived is in the raw pages; the same options go on from there.
struct Stopped : StoppedError {
    using StoppedError::StoppedError;
};

/// What run() would do now.
struct Plan {
    struct Part {
        std::string dataset;
        std::int64_t regions = 0, hours = 0;
        std::int64_t rows = 0, requests = 0;  ///< as many as expected; of region-data, as many as can be
    };
    std::vector<Part> parts;
    std::int64_t pages_on_disk = 0;  ///< of earlier runs, not fetched again
    std::int64_t requests = 0;       ///< of all parts, and those already made to find out
    double seconds = 0;              ///< expected, at the pace allowed and the latency seen
};
std::string to_text(const Plan& plan);
/// Asks the API which regions there are, and how many rows an hour has where that is not known. Leaves the
/// folder as it is. Throws as run() does.
Plan plan(const Options& options, const std::string& api_key);

/// What came of one region and type.
struct Tally {
    std::string region, type;      ///< type is the variable where the source has no codes of its own
    std::int64_t rows = 0;         ///< distinct hours (or shorter intervals) with a row
    std::int64_t nulls = 0;        ///< of those, without a value
    std::int64_t gaps = 0;         ///< hours of the span without a value, nulls included
    std::int64_t gap_runs = 0;     ///< stretches that they form
    std::int64_t longest_gap = 0;  ///< [h]
    std::int64_t duplicates = 0;   ///< rows that repeated another one exactly; dropped
    std::int64_t conflicts = 0;    ///< hours sent with different values; flagged, the first is kept
    std::int64_t flagged = 0;      ///< hours with a value that screening does not trust
    std::int64_t partial = 0;      ///< of the gaps, hours of which some intervals arrived and some did not
};

/// Processor seconds, over all threads.
struct StageTimes {
    double receive = 0;   ///< sockets, TLS, inflating
    double parse = 0;     ///< JSON to rows
    double keep = 0;      ///< redacting, compressing and writing raw pages; waiting for the disk is no processor time
    double assemble = 0;  ///< rows to series
    double screen = 0;    ///< flags, cleaning
    double write = 0;     ///< series.h5
};

struct Summary {
    std::string source;  ///< base URL
    Hour from{}, to{};
    std::int64_t hours = 0;
    std::int64_t requests = 0, retries = 0, restarts = 0, pages = 0;
    std::int64_t pages_on_disk = 0;  ///< of earlier runs, used again
    std::int64_t revisions = 0;      ///< values that a later page changed; in revisions.csv
    std::int64_t records = 0;        ///< rows received
    std::int64_t bad_rows = 0;       ///< of those, unreadable; named in the log
    std::int64_t gaps = 0, gap_runs = 0;
    std::int64_t bytes_on_wire = 0;
    double seconds = 0, records_per_second = 0;
    StageTimes cpu_seconds;
    std::string api_version;
    std::filesystem::path series, raw;
    std::vector<Tally> tallies;
    std::vector<std::string> failed, empty;  ///< requests that brought nothing: for good, or for want of data; and why
};

/// Fetches what is missing from the folder's raw pages and writes folder/series.h5 from all of them, or throws and
/// leaves an earlier series.h5 as it was: ConfigError for options that make no sense or pages of another source,
/// DataError for an unknown region, no rows or pages that do not add up, HttpError for an absent server or a refused
/// key, StoreError for a folder that another run works on. Pages are on disk for good before they count, so a run that
/// was killed goes on where it was. The key reaches the server and nothing else. Uses `connections` threads; call on
/// one rank.
Summary run(const Options& options, const std::string& api_key);

/// The same series without a file: nothing is kept, and nothing goes on where it stopped. Throws as run() does. For
/// programs of one's own; store::write_series makes a file of it.
store::Series fetch(const Options& options, const std::string& api_key);

/// The closing lines for the terminal, and extraction.json.
std::string to_text(const Summary& summary);
std::string to_json(const Summary& summary);

}  // namespace gridring::extract
