// SPDX-License-Identifier: MIT
#include "gridring/extract/extract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assembly.hpp"
#include "download.hpp"
#include "fetcher.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;

void expect_unique(const std::vector<std::string>& names, const char* what) {
    std::set<std::string> seen;
    for (const auto& name : names)
        if (!seen.insert(name).second) throw ConfigError(fmt::format("extract: {} {} is listed twice", what, name));
}

void validate(const Options& options, const std::string& api_key) {
    const auto expect = [](bool condition, const std::string& message) {
        if (!condition) throw ConfigError("extract: " + message);
    };
    expect(options.base_url.find_first_of("?#") == std::string::npos,
           "base_url must end before '?' and '#'; the key belongs in EIA_API_KEY");
    net::parse_url(options.base_url);
    expect(!options.regions.empty(), "expected at least one region, such as PACW");
    expect(!options.types.empty(), "expected at least one type of D, DF, NG, TI");
    expect_unique(options.regions, "region");
    expect_unique(options.types, "type");
    for (const auto& type : options.types) source::require_quantity(type);
    expect(options.from <= options.to,
           fmt::format("the span ends ({}) before it begins ({})", to_string(options.to), to_string(options.from)));
    expect(options.connections >= 1 && options.connections <= 64, "connections must be 1 to 64");
    expect(options.requests_per_second > 0 && options.burst >= 1, "requests_per_second and burst must be positive");
    expect(options.attempts >= 1, "attempts must be at least 1");
    expect(options.page_rows >= 1 && options.page_rows <= source::eia_page_rows, "page_rows must be 1 to 5000");
    expect(std::ranges::all_of(api_key, [](unsigned char c) { return c > ' ' && c < 127; }),
           "the API key holds spaces or unprintable characters; check EIA_API_KEY");
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw StoreError(folder.string(), "cannot make the folder: " + error.message());
}

Summary summarise(const Options& options, const Fetcher& fetcher, const Download& download) {
    Summary summary;
    summary.source = options.base_url;
    summary.from = options.from;
    summary.to = options.to;
    summary.hours = (options.to - options.from).count() + 1;
    summary.requests = fetcher.caller().requests();
    summary.retries = fetcher.caller().retries();
    summary.restarts = download.restarts();
    summary.pages = download.pages();
    summary.records = download.records();
    summary.bad_rows = download.bad_rows();
    summary.bytes_on_wire = fetcher.caller().bytes_on_wire();
    summary.api_version = download.api_version();
    summary.series = options.folder / "series.h5";
    if (options.keep_raw) summary.raw = download.raw_folder();
    return summary;
}

void warn_of_conflicts(const std::vector<Tally>& tallies) {
    for (const Tally& tally : tallies)
        if (tally.conflicts > 0)
            log::warning(fmt::format("{} {}: {} hours were sent with different values; flagged as conflicting",
                                     tally.region, tally.type, tally.conflicts));
}

}  // namespace

Summary run(const Options& options, const std::string& api_key) {
    const auto start = std::chrono::steady_clock::now();
    validate(options, api_key);
    make_folder(options.folder);
    if (options.keep_raw) make_folder(options.folder / "raw");

    Fetcher fetcher(options, api_key);
    const auto known = fetcher.respondents();
    source::require_known(options.regions, known);

    Assembly assembly(options);
    Download download(options, fetcher, assembly);
    download.run();
    assembly.expect_rows_everywhere();

    Summary summary = summarise(options, fetcher, download);
    store::Series series = assembly.finish(known, summary.tallies);
    series.provenance = {options.source_name, summary.source, utc_timestamp(), summary.api_version, options.history};
    store::write_series(summary.series, series);
    warn_of_conflicts(summary.tallies);

    for (const Tally& tally : summary.tallies) {
        summary.gaps += tally.gaps;
        summary.gap_runs += tally.gap_runs;
    }
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    summary.records_per_second = static_cast<double>(summary.records) / summary.seconds;
    return summary;
}

}  // namespace gridring::extract
