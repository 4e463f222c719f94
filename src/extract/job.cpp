// SPDX-License-Identifier: MIT
#include "job.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/core/log.hpp"

namespace gridring::extract {

namespace fs = std::filesystem;

void expect_option(bool condition, const std::string& message) {
    if (!condition) throw ConfigError("extract: " + message);
}

void expect_unique(const std::vector<std::string>& names, const char* what) {
    std::set<std::string> seen;
    for (const auto& name : names)
        expect_option(seen.insert(name).second, fmt::format("{} {} is listed twice", what, name));
}

void expect_span(Hour from, Hour to) {
    expect_option(from <= to, fmt::format("the span ends ({}) before it begins ({})", to_string(to), to_string(from)));
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw StoreError(folder.string(), "cannot make the folder: " + error.message());
}

void make_folders(const fs::path& folder) {
    make_folder(folder);
    make_folder(folder / "raw");
}

void count_progress(std::int64_t done, std::int64_t all) {
    static Counter& progress = counter("gridring_extract_progress_ratio", CounterKind::gauge,
                                       "How much of the extraction arrived: rows expected, of OASIS requests.");
    progress.set(all > 0 ? static_cast<double>(done) / static_cast<double>(all) : 0);
}

void finish(TrackTable table, series::Cleaning clean, const char* intervals,
            std::chrono::steady_clock::time_point start, StageClock& clock, Summary& summary) {
    summary.tallies = write_series(summary.series, std::move(table), clean, clock);
    for (const Tally& tally : summary.tallies) {
        if (tally.conflicts > 0)
            log::warning(fmt::format("{} {}: {} {} were sent with different values; flagged as conflicting",
                                     tally.region, tally.type, tally.conflicts, intervals));
        summary.gaps += tally.gaps;
        summary.gap_runs += tally.gap_runs;
    }
    summary.cpu_seconds = clock.times();
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    counter("gridring_extract_completed_timestamp_seconds", CounterKind::gauge,
            "When series.h5 was last complete, since 1970.")
        .set(epoch_seconds());
    summary.records_per_second = static_cast<double>(summary.records) / summary.seconds;
}

}  // namespace gridring::extract
