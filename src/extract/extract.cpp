// SPDX-License-Identifier: MIT
#include "gridring/extract/extract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "assembly.hpp"
#include "download.hpp"
#include "fetcher.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/log.hpp"
#include "job.hpp"
#include "preparation.hpp"
#include "replay.hpp"
#include "revisions.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;

void validate(const Options& options, const std::string& api_key) {
    expect_option(options.base_url.find_first_of("?#") == std::string::npos,
                  "base_url must end before '?' and '#'; the key belongs in EIA_API_KEY");
    net::parse_url(options.base_url);
    expect_option(!options.regions.empty(), "expected at least one region, such as PACW");
    expect_option(!options.datasets.empty(), "expected at least one data set, such as region-data");
    expect_option(!options.types.empty(), "expected at least one type of D, DF, NG, TI");
    expect_unique(options.regions, "region");
    expect_unique(options.datasets, "data set");
    expect_unique(options.types, "type");
    for (const auto& type : options.types) source::require_quantity(type);
    for (const auto& dataset : options.datasets) source::require_route(dataset);
    expect_span(options.from, options.to);
    expect_option(options.connections >= 1 && options.connections <= 64, "connections must be 1 to 64");
    expect_option(options.requests_per_second > 0 && options.burst >= 1,
                  "requests_per_second and burst must be positive");
    expect_option(options.requests_per_hour >= 1, "requests_per_hour must be positive");
    expect_option(options.attempts >= 1, "attempts must be at least 1");
    expect_option(options.update_hours >= 0, "update_hours must not be negative");
    expect_option(options.page_rows >= 1 && options.page_rows <= source::eia_page_rows, "page_rows must be 1 to 5000");
    expect_option(std::ranges::all_of(api_key, [](unsigned char c) { return c > ' ' && c < 127; }),
                  "the API key holds spaces or unprintable characters; check EIA_API_KEY or the key file");
}

fs::path raw_folder(const Options& options) { return options.folder / "raw"; }
fs::path journal_file(const Options& options) { return raw_folder(options) / "journal.ndjson"; }

/// A fresh extraction has a journal of its own until it is complete: what there was stays usable if it fails.
fs::path fresh_journal_file(const Options& options) { return raw_folder(options) / "journal.fresh.ndjson"; }

bool is_among(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    return std::ranges::all_of(some,
                               [&](const std::string& name) { return std::ranges::find(all, name) != all.end(); });
}

/// Whether a request for the options brings all of the window again.
bool is_covered(const Options& options, const source::Window& window) {
    const bool has_types = window.route->name != "region-data" || is_among(options.types, window.items);
    return window.first >= options.from && window.last <= options.to && has_types &&
           is_among(options.datasets, {std::string(window.route->name)}) && is_among(options.regions, window.regions);
}

/// Of the journal that a fresh one replaces; one of another source, or that nobody can read, has nothing to keep.
std::vector<JournalEntry> entries_to_keep(const Options& options) {
    try {
        auto entries = read_journal(journal_file(options), identity_of(options)).entries;
        std::erase_if(entries, [&](const JournalEntry& entry) { return is_covered(options, entry.window); });
        return entries;
    } catch (const Error& problem) {
        log::debug(std::string(problem.what()) + "; its pages go");
        return {};
    }
}

/// The fresh journal takes the place of the old one, of which it keeps what it did not fetch. Pages that it does not
/// name go.
void adopt_fresh(const Options& options, const Journal& fresh) {
    auto entries = entries_to_keep(options);
    for (auto& entry : read_journal(fresh.file(), identity_of(options)).entries) entries.push_back(std::move(entry));
    write_journal(journal_file(options), identity_of(options), entries);
    remove_file(fresh.file());
    std::set<std::string> kept;
    for (const auto& entry : entries) kept.insert(entry.files.begin(), entry.files.end());
    std::vector<fs::path> unnamed;
    std::error_code error;
    for (fs::directory_iterator entry(raw_folder(options), error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".zst" && !kept.contains(entry->path().filename().string()))
            unnamed.push_back(entry->path());
    for (const auto& file : unnamed) remove_file(file);
}

Journal open_journal(const Options& options) {
    remove_file(fresh_journal_file(options));
    return Journal(options.is_fresh ? fresh_journal_file(options) : journal_file(options), identity_of(options));
}

/// What is there, and what is to be fetched.
struct Job {
    Job(const Options& given, const std::vector<JournalEntry>& entries, const fs::path& spill,
        const std::string& api_key)
        : options(given),
          assembly(given, spill),
          coverage(given),
          replay(given, raw_folder(given), entries, assembly, coverage),
          fetcher(given, api_key, clock),
          preparation(given, coverage, fetcher) {}

    const Options& options;
    StageClock clock;
    Assembly assembly;
    Coverage coverage;
    Replay replay;
    Fetcher fetcher;
    Preparation preparation;

    Plan plan() const {
        Plan plan = preparation.plan(fetcher);
        plan.pages_on_disk = replay.pages();
        return plan;
    }
};

Summary summarise(const Job& job, const Download& download) {
    Summary summary = begin_summary(job.options);
    summary.requests = job.fetcher.caller().requests();
    summary.retries = job.fetcher.caller().retries();
    summary.restarts = download.restarts();
    summary.pages = download.pages();
    summary.pages_on_disk = job.replay.pages();
    summary.records = download.records();
    summary.bad_rows = download.bad_rows();
    summary.revisions = std::ssize(job.assembly.revisions());
    summary.bytes_on_wire = job.fetcher.caller().bytes_on_wire();
    summary.api_version = download.api_version().empty() ? job.replay.api_version() : download.api_version();
    summary.empty = job.assembly.absent_regions();
    return summary;
}

Summary run_to_the_end(const Options& options, const std::string& api_key) {
    const auto start = std::chrono::steady_clock::now();
    make_folders(options.folder);
    const FolderLock lock(options.folder, sole_extraction);
    Journal journal = open_journal(options);
    Job job(options, journal.entries(), options.folder, api_key);
    log::info(to_text(job.plan()));
    WindowQueue queue(job.preparation.stretches(), options.page_rows);
    Download download(options, job.fetcher, queue, &journal, job.assembly, job.clock);
    download.run();
    job.assembly.expect_rows_everywhere();

    Summary summary = summarise(job, download);
    write_revisions(options.folder / "revisions.csv", job.assembly.revisions());
    TrackTable table = job.assembly.table();
    table.about.provenance = {options.source_name, summary.source, utc_timestamp(), summary.api_version,
                              options.history};
    finish(std::move(table), options.clean, "hours", start, job.clock, summary);
    if (options.is_fresh) adopt_fresh(options, journal);
    return summary;
}

store::Series fetch_to_the_end(const Options& options, const std::string& api_key) {
    Job job(options, {}, {}, api_key);
    WindowQueue queue(job.preparation.stretches(), options.page_rows);
    Download download(options, job.fetcher, queue, nullptr, job.assembly, job.clock);
    download.run();
    job.assembly.expect_rows_everywhere();
    TrackTable table = job.assembly.table();
    table.about.provenance = {options.source_name, options.base_url, utc_timestamp(), download.api_version(),
                              options.history};
    return series_of(std::move(table), options.clean, job.clock);
}

/// What a stop keeps `work` from is no trouble of the network.
template <class Work>
auto unless_stopped(const Options& options, const Work& work) {
    try {
        return work();
    } catch (const HttpError&) {
        if (!options.stop.stop_requested()) throw;
        throw Stopped(fmt::format("stopped before all pages were there{}",
                                  options.folder.empty() ? "" : after_stop(options.is_fresh)));
    }
}

}  // namespace

Plan plan(const Options& options, const std::string& api_key) {
    validate(options, api_key);
    const auto found = options.is_fresh ? JournalContent{} : read_journal(journal_file(options), identity_of(options));
    return unless_stopped(options, [&] { return Job(options, found.entries, {}, api_key).plan(); });
}

Summary run(const Options& options, const std::string& api_key) {
    validate(options, api_key);
    return unless_stopped(options, [&] { return run_to_the_end(options, api_key); });
}

store::Series fetch(const Options& options, const std::string& api_key) {
    validate(options, api_key);
    return unless_stopped(options, [&] { return fetch_to_the_end(options, api_key); });
}

}  // namespace gridring::extract
