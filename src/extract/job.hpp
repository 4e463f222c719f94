// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "gridring/core/folder_lock.hpp"
#include "gridring/extract/extract.hpp"
#include "stage_clock.hpp"
#include "track_table.hpp"

/// What every extraction does around its requests, whatever the source.
namespace gridring::extract {

/// Throws ConfigError unless `condition` holds of the options.
void expect_option(bool condition, const std::string& message);
void expect_unique(const std::vector<std::string>& names, const char* what);
void expect_span(Hour from, Hour to);

/// Throws StoreError.
void make_folder(const std::filesystem::path& folder);
/// `folder`, with raw/ in it. Throws StoreError.
void make_folders(const std::filesystem::path& folder);

/// One works on a folder at a time.
inline constexpr LockTerms sole_extraction{.holder = "another extraction", .option = "--set run.folder=…"};

/// What pages must come from to be used again. Options: extract::Options or CaisoOptions.
template <class AnyOptions>
std::string identity_of(const AnyOptions& options) {
    return options.identity.empty() ? options.base_url : options.identity;
}

/// What is known before the first request. Options: extract::Options or CaisoOptions.
template <class AnyOptions>
Summary begin_summary(const AnyOptions& options) {
    Summary summary;
    summary.source = options.base_url;
    summary.from = options.from;
    summary.to = options.to;
    summary.hours = (options.to - options.from).count() + 1;
    summary.series = options.folder / "series.h5";
    summary.raw = options.folder / "raw";
    return summary;
}

/// For whoever looks on: so many rows, or requests, of as many as are expected.
void count_progress(std::int64_t done, std::int64_t all);

/// Writes the series to summary.series, warns of conflicts among its `intervals` ("hours"), and completes the summary
/// of a job that began at `start`. Throws StoreError.
void finish(TrackTable table, series::Cleaning clean, const char* intervals,
            std::chrono::steady_clock::time_point start, StageClock& clock, Summary& summary);

}  // namespace gridring::extract
