// SPDX-License-Identifier: MIT
#include "download.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <thread>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "gridring/net/gzip.hpp"

namespace gridring::extract {
namespace {

source::Window span_of(const Options& options) { return {options.from, options.to, options.regions, options.types}; }

/// "PACW-CISO_D-DF"; a digest where that would be too long for a file name. Jobs for other series share a folder in
/// peace.
std::string series_of(const source::Window& window) {
    std::string text = fmt::format("{}_{}", fmt::join(window.respondents, "-"), fmt::join(window.types, "-"));
    if (text.size() <= 120) return text;
    const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
    return fmt::format("{}-respondents-{:08x}", window.respondents.size(),
                       crc32(0, bytes, static_cast<uInt>(text.size())));
}

std::int64_t rows_of(const source::Page& page) { return std::ssize(page.rows) + std::ssize(page.bad_rows); }

std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent))
        names.insert(entry.path().filename().string());
    return names;
}

void warn_of(const source::Page& page, std::int64_t named_before) {
    constexpr std::int64_t most_named = 20;
    for (const auto& problem : page.bad_rows)
        if (++named_before <= most_named) log::warning("row left out: " + problem);
    for (const auto& warning : page.warnings) log::debug("the API warns: " + warning);
}

}  // namespace

Download::Download(const Options& options, Fetcher& fetcher, Assembly& assembly)
    : options_(options),
      fetcher_(fetcher),
      assembly_(assembly),
      windows_(source::plan_windows(span_of(options), options.page_rows)),
      earlier_pages_(names_in(raw_folder())),
      expected_records_(span_of(options).most_rows()),
      windows_left_(windows_.size()) {}

void Download::run() {
    std::vector<std::jthread> workers;
    const auto count = std::min(static_cast<std::size_t>(options_.connections), windows_.size());
    for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    watch();
    workers.clear();  // joins
    if (failure_) std::rethrow_exception(failure_);
}

void Download::work() {
    try {
        for (std::size_t i; (i = next_++) < windows_.size();) {
            auto pages = fetch(windows_[i]);
            if (options_.keep_raw) keep(windows_[i], pages);
            take(windows_[i], std::move(pages));
        }
    } catch (...) {  // carried over to the thread that called run()
        fail(std::current_exception());
    }
}

void Download::fail(std::exception_ptr failure) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
        changed_.notify_all();
    }
    fetcher_.stop();
}

void Download::watch() {
    using namespace std::chrono_literals;
    Progress progress("extract", "records", expected_records_);
    std::unique_lock lock(mutex_);
    while (windows_left_ > 0 && !failure_) {
        changed_.wait_for(lock, 100ms);
        progress.set_total(expected_records_);
        progress.update(records_, fmt::format("{} of {} windows", windows_.size() - windows_left_, windows_.size()));
    }
    if (!failure_) progress.finish();
}

std::vector<FetchedPage> Download::fetch(const source::Window& window) {
    std::vector<FetchedPage> pages;
    std::string problem;
    for (int tried = 1; !fetch_once(window, pages, problem); ++tried) {
        const std::string where = fmt::format("{} to {}: {}", to_string(window.first), to_string(window.last), problem);
        if (tried >= options_.attempts)
            throw DataError(fmt::format(
                "{}, {} times in a row; the table may be in the middle of an update: try again later", where, tried));
        log::debug(where + "; window begun again");
        ++restarts_;
        pages.clear();
    }
    return pages;
}

/// False, with a `problem`, when the pages do not add up to the total that each of them states.
bool Download::fetch_once(const source::Window& window, std::vector<FetchedPage>& pages, std::string& problem) {
    std::int64_t received = 0, total = 0;
    do {
        FetchedPage fetched = fetcher_.page(window, received);
        const auto rows = rows_of(fetched.page);
        if (!pages.empty() && fetched.page.total != total) {
            problem = fmt::format("the total moved from {} to {} rows between pages", total, fetched.page.total);
            return false;
        }
        total = fetched.page.total;
        received += rows;
        pages.push_back(std::move(fetched));
        if (received > total || (rows == 0 && received < total)) {
            problem = fmt::format("expected {} rows, received {}", total, received);
            return false;
        }
    } while (received < total);
    return true;
}

/// Only whole windows come here, so a failure leaves the pages of an earlier extraction as they were; those of the same
/// window, which may have been more, are replaced.
void Download::keep(const source::Window& window, const std::vector<FetchedPage>& pages) const {
    const std::string stem =
        fmt::format("region-data_{}_{}_{}_", series_of(window), to_string(window.first), to_string(window.last));
    std::set<std::string> written;
    std::int64_t offset = 0;
    for (const auto& [page, raw] : pages) {
        const auto name = *written.insert(fmt::format("{}{}.json.gz", stem, offset)).first;
        write_file_atomically(raw_folder() / name, net::gzip(raw));
        offset += rows_of(page);
    }
    for (auto name = earlier_pages_.lower_bound(stem); name != earlier_pages_.end() && name->starts_with(stem); ++name)
        if (!written.contains(*name)) std::filesystem::remove(raw_folder() / *name);
}

void Download::take(const source::Window& window, std::vector<FetchedPage> pages) {
    const std::lock_guard lock(mutex_);
    expected_records_ -= window.most_rows();
    for (auto& [page, raw] : pages) {
        const auto rows = rows_of(page);
        assembly_.add(page);
        warn_of(page, bad_rows_);
        bad_rows_ += std::ssize(page.bad_rows);
        records_ += rows;
        expected_records_ += rows;
        if (!page.api_version.empty()) api_version_ = page.api_version;
    }
    pages_ += std::ssize(pages);
    --windows_left_;
    changed_.notify_all();
}

}  // namespace gridring::extract
