// SPDX-License-Identifier: MIT
#include "gridring/extract/extract.hpp"

#include <algorithm>

#include "assembly.hpp"
#include "download.hpp"
#include "fetcher.hpp"
#include "job.hpp"

namespace gridring::extract {
namespace {

void validate(const Options& options, const std::string& api_key) {
    expect_option(options.base_url.find_first_of("?#") == std::string::npos,
                  "base_url must end before '?' and '#'; the key belongs in EIA_API_KEY");
    net::parse_url(options.base_url);
    expect_option(!options.regions.empty(), "expected at least one region, such as PACW");
    expect_option(!options.types.empty(), "expected at least one type of D, DF, NG, TI");
    expect_unique(options.regions, "region");
    expect_unique(options.types, "type");
    for (const auto& type : options.types) source::require_quantity(type);
    expect_span(options.from, options.to);
    expect_option(options.connections >= 1 && options.connections <= 64, "connections must be 1 to 64");
    expect_option(options.requests_per_second > 0 && options.burst >= 1,
                  "requests_per_second and burst must be positive");
    expect_option(options.attempts >= 1, "attempts must be at least 1");
    expect_option(options.page_rows >= 1 && options.page_rows <= source::eia_page_rows, "page_rows must be 1 to 5000");
    expect_option(std::ranges::all_of(api_key, [](unsigned char c) { return c > ' ' && c < 127; }),
                  "the API key holds spaces or unprintable characters; check EIA_API_KEY");
}

Summary summarise(const Options& options, const Fetcher& fetcher, const Download& download) {
    Summary summary = begin_summary(options);
    summary.requests = fetcher.caller().requests();
    summary.retries = fetcher.caller().retries();
    summary.restarts = download.restarts();
    summary.pages = download.pages();
    summary.records = download.records();
    summary.bad_rows = download.bad_rows();
    summary.bytes_on_wire = fetcher.caller().bytes_on_wire();
    summary.api_version = download.api_version();
    return summary;
}

}  // namespace

Summary run(const Options& options, const std::string& api_key) {
    const auto start = std::chrono::steady_clock::now();
    validate(options, api_key);
    make_folders(options.folder, options.keep_raw);

    Fetcher fetcher(options, api_key);
    const auto known = fetcher.respondents();
    source::require_known(options.regions, known);

    Assembly assembly(options);
    Download download(options, fetcher, assembly);
    download.run();
    assembly.expect_rows_everywhere();

    Summary summary = summarise(options, fetcher, download);
    store::Series series = assembly.finish(known, summary.tallies);
    series::clean(series, options.clean);
    series.provenance = {options.source_name, summary.source, utc_timestamp(), summary.api_version, options.history};
    finish(series, "hours", start, summary);
    return summary;
}

}  // namespace gridring::extract
