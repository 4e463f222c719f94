// SPDX-License-Identifier: MIT
#include "gridring/extract/caiso.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>

#include "caller.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "gridring/source/caiso.hpp"
#include "gridring/store/encryption.hpp"
#include "job.hpp"
#include "oasis_assembly.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;
using source::OasisPage;
using source::OasisRequest;
using source::Trouble;
using Reports = std::vector<const source::OasisReport*>;

void expect_names(const std::vector<std::string>& names, const char* what) {
    for (const auto& name : names) expect_option(!name.empty(), fmt::format("a {} has no name", what));
    expect_unique(names, what);
}

Reports validate(const CaisoOptions& options) {
    expect_option(options.base_url.find_first_of("?#") == std::string::npos, "base_url must end before '?' and '#'");
    net::parse_url(options.base_url);
    expect_option(!options.reports.empty(), "expected at least one report, such as SLD_FCST/ACTUAL");
    Reports reports = source::require_oasis_reports(options.reports);
    expect_names(options.nodes, "node");
    expect_names(options.zones, "zone");
    expect_option(!options.nodes.empty() || std::ranges::none_of(reports, &source::OasisReport::is_nodal),
                  "prices are asked for by node: expected at least one, such as TH_NP15_GEN-APND");
    expect_span(options.from, options.to);
    expect_option(options.seconds_between_requests > 0, "seconds_between_requests must be positive");
    expect_option(options.attempts >= 1, "attempts must be at least 1");
    return reports;
}

Manners manners_of(const CaisoOptions& options) {
    return {options.base_url,
            1 / options.seconds_between_requests,
            1,
            9'000,
            options.attempts,
            options.backoff,
            options.longest_backoff,
            options.ca_file,
            false};
}

/// "PRC_LMP-DAM_TH_NP15_GEN-APND_2024-01-01T01_2024-02-01T00.zip"; a digest where nodes would make it too long.
std::string raw_name(const OasisRequest& request) {
    std::string nodes = fmt::format("{}", fmt::join(request.nodes, "-"));
    if (nodes.size() > 100)
        nodes = fmt::format("{}-nodes-{:08x}", request.nodes.size(),
                            crc32(0, reinterpret_cast<const Bytef*>(nodes.data()), static_cast<uInt>(nodes.size())));
    std::ranges::replace(nodes, '/', '-');
    return fmt::format("{}-{}_{}{}{}_{}.zip", request.report->query, request.report->market_run, nodes,
                       nodes.empty() ? "" : "_", to_string(request.first), to_string(request.last));
}

/// One request after the other: at one in five seconds a second connection would only wait.
class OasisDownload {
public:
    OasisDownload(const CaisoOptions& options, const Reports& reports, OasisAssembly& assembly)
        : options_(options),
          assembly_(assembly),
          requests_(source::plan_oasis(reports, options.nodes, options.from, options.to)),
          caller_(manners_of(options)),
          on_stop_(options.stop, [this] { caller_.stop_waiting(); }) {}

    void run(Summary& summary) {
        set_aside_replies_of_others();
        write_file_atomically(source_file(), identity_of(options_) + "\n");
        std::erase_if(requests_,
                      [&](const OasisRequest& request) { return !options_.is_fresh && is_there(request, summary); });
        if (summary.pages_on_disk > 0) log::info(fmt::format("{} replies are there already", summary.pages_on_disk));
        if (requests_.empty()) return;
        log::info(fmt::format("{} requests, at least {:.0f} s at one in {:g} s", requests_.size(),
                              static_cast<double>(requests_.size() - 1) * options_.seconds_between_requests,
                              options_.seconds_between_requests));
        Progress progress("extract", "requests", std::ssize(requests_));
        for (std::int64_t done = 0; const OasisRequest& request : requests_) {
            fetch(request, summary);
            count_progress(done + 1, std::ssize(requests_));
            progress.update(++done, fmt::format("{} records", summary.records));
        }
        progress.finish();
        std::error_code error;
        if (options_.is_fresh) fs::remove_all(set_aside(), error);  // what took their place is whole
        summary.requests = caller_.requests();
        summary.retries = caller_.retries();
        summary.bytes_on_wire = caller_.bytes_on_wire();
    }

private:
    fs::path source_file() const { return options_.folder / "raw" / "oasis-source.txt"; }

    fs::path set_aside() const { return options_.folder / "raw" / "replaced"; }

    /// They have the names that this server's will have: refused, or kept until a fresh extraction has all of its own.
    void set_aside_replies_of_others() const {
        std::error_code error;
        const std::string source = fs::exists(source_file(), error) ? read_file(source_file()) : "an unknown server";
        if (source == identity_of(options_) + "\n") return;
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(source_file().parent_path(), error))
            if (entry.path().extension() == ".zip") files.push_back(entry.path());
        if (files.empty()) return;
        if (!options_.is_fresh)
            throw ConfigError(fmt::format(
                "{}: its replies come from {}, not from {}. Mend: choose another folder with "
                "--set run.folder=…, or fetch all anew with --fresh",
                source_file().parent_path().string(), source.substr(0, source.find('\n')), identity_of(options_)));
        const bool is_first = !fs::exists(set_aside(), error);  // else these are of another fresh one
        if (is_first) fs::create_directory(set_aside(), error);
        if (is_first && fs::exists(source_file())) files.push_back(source_file());
        for (const fs::path& file : files) {
            if (is_first) fs::rename(file, set_aside() / file.filename(), error);
            if (error) throw StoreError(set_aside().string(), "cannot set replies aside there: " + error.message());
            if (!is_first) remove_file(file);
        }
        log::info(fmt::format("the replies of {} are in {} until this extraction is complete",
                              source.substr(0, source.find('\n')), set_aside().string()));
    }

    /// Whether an earlier run left the reply, whole; it is taken then.
    bool is_there(const OasisRequest& request, Summary& summary) {
        const fs::path file = options_.folder / "raw" / raw_name(request);
        std::error_code absent;
        const auto written = fs::last_write_time(file, absent);
        const bool is_whole = !absent && std::chrono::file_clock::to_sys(written) > request.last;
        if (!is_whole) return false;  // or some of its hours were still to come
        const auto page = read(file, request);
        if (!page || !page->no_data.empty()) return false;
        has_page_ = true;
        add(request, *page, summary);
        ++summary.pages_on_disk;
        return true;
    }

    /// None of a damaged file, whose reply is asked for again.
    static std::optional<OasisPage> read(const fs::path& file, const OasisRequest& request) {
        std::string body = read_file(file);
        try {
            body = store::decrypt_if_encrypted(std::move(body), file);
        } catch (const store::KeyError&) {
            throw;
        } catch (const StoreError& damaged) {
            log::warning(damaged.what());
            return std::nullopt;
        }
        auto reading = source::read_oasis(net::Reply{200, {}, std::move(body), 0}, *request.report);
        auto* page = std::get_if<OasisPage>(&reading);
        return page ? std::optional(std::move(*page)) : std::nullopt;
    }

    void fetch(const OasisRequest& request, Summary& summary) {
        for (int tried = 1;; ++tried) {
            const auto ticket = wait_turn();
            const net::Result result = caller_.get(source::oasis_call(options_.base_url, request));
            auto reading = source::read_oasis(result, *request.report);
            if (const auto* page = std::get_if<OasisPage>(&reading)) {
                has_page_ = true;
                caller_.succeeded(ticket);
                return take(request, *page, std::get<net::Reply>(result).body, summary);
            }
            const Trouble& trouble = std::get<Trouble>(reading);
            if (caller_.may_try_again(trouble, tried)) {
                caller_.wait_before_retry(trouble, tried, ticket);
                continue;
            }
            // Of a server that has no single page to give, the other requests know nothing better.
            if (!has_page_ && trouble.status != 200) caller_.give_up(trouble, tried);
            summary.failed.push_back(fmt::format("{}: {}{}", request.text(), trouble.message, tries_text(tried)));
            log::warning("request failed, the rest goes on: " + summary.failed.back());
            return;
        }
    }

    Circuit::Ticket wait_turn() {
        try {
            return caller_.wait_turn();
        } catch (const HttpError&) {
            if (!options_.stop.stop_requested()) throw;
            throw Stopped(fmt::format("stopped before all replies were there{}", after_stop(options_.is_fresh)));
        }
    }

    void take(const OasisRequest& request, const OasisPage& page, const std::string& raw, Summary& summary) {
        if (!page.no_data.empty()) {
            summary.empty.push_back(fmt::format("{}: {}", request.text(), page.no_data));
            log::info(summary.empty.back());
            return;
        }
        write_file_atomically(options_.folder / "raw" / raw_name(request), store::encrypt_if_asked(raw));
        ++summary.pages;
        add(request, page, summary);
    }

    void add(const OasisRequest& request, const OasisPage& page, Summary& summary) {
        assembly_.add(*request.report, page);
        summary.records += std::ssize(page.rows) + std::ssize(page.bad_rows) + page.passed_over_rows;
        constexpr std::int64_t most_named = 20;
        for (const auto& problem : page.bad_rows)
            if (++summary.bad_rows <= most_named) log::warning("row left out: " + problem);
        for (const auto& code : page.passed_over)
            if (named_.insert(fmt::format("{} {}", request.report->name, code)).second)
                log::warning(fmt::format("{}: rows of {} are passed over; gridring knows no variable for them",
                                         request.report->name, code));
    }

    const CaisoOptions& options_;
    OasisAssembly& assembly_;
    std::vector<OasisRequest> requests_;  ///< still to be made
    Caller caller_;
    bool has_page_ = false;
    std::set<std::string> named_;
    std::stop_callback<std::function<void()>> on_stop_;  ///< last: it calls the caller
};

void expect_rows(const OasisAssembly& assembly, const Summary& summary) {
    if (!assembly.is_empty()) return;
    const auto& reasons = summary.failed.empty() ? summary.empty : summary.failed;
    throw DataError(
        fmt::format("expected rows of OASIS from {} to {}, found none{}{}; choose other hours, reports, nodes or zones",
                    to_string(summary.from), to_string(summary.to), reasons.empty() ? "" : ": ",
                    reasons.empty() ? "" : reasons.front()));
}

/// A misspelt one would leave nothing but its absence; where requests failed, they are the likelier reason.
void report_absent_locations(const OasisAssembly& assembly, Summary& summary) {
    const auto absent = assembly.absent_locations();
    if (absent.empty()) return;
    const std::string message = fmt::format("no row of {}; zones with rows: {}", fmt::join(absent, ", "),
                                            fmt::join(assembly.seen_zones(), ", "));
    log::warning(message);
    if (summary.failed.empty()) summary.failed.push_back(message);
}

}  // namespace

Summary run_caiso(const CaisoOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const Reports reports = validate(options);
    make_folders(options.folder);

    Summary summary = begin_summary(options);
    summary.api_version = "SingleZip, CSV";

    const FolderLock lock(options.folder, sole_extraction);
    OasisAssembly assembly(options, reports);
    OasisDownload download(options, reports, assembly);
    download.run(summary);
    expect_rows(assembly, summary);
    report_absent_locations(assembly, summary);

    TrackTable table = assembly.table();
    table.about.provenance = {options.source_name, summary.source, utc_timestamp(), summary.api_version,
                              options.history};
    StageClock clock;
    finish(std::move(table), options.clean, "intervals", start, clock, summary);
    return summary;
}

}  // namespace gridring::extract
