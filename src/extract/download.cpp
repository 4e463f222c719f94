// SPDX-License-Identifier: MIT
#include "download.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <map>
#include <thread>

#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "job.hpp"
#include "raw_pages.hpp"

namespace gridring::extract {
namespace {

/// A window that has more pages than this was cut by a guess that was far off.
constexpr std::int64_t most_pages = 3;

/// Rows that come twice may stand where others should: the window is fetched again, so often. Then they are the
/// table's own, unless a page was short: what it lacked moved the next one onto rows that were there.
constexpr int tries_for_repeated_rows = 3;

/// "PACW-CISO_D-DF"; a digest where that would be too long for a file name.
std::string subject_of(const source::Window& window) {
    std::string text = fmt::format("{}", fmt::join(window.regions, "-"));
    if (!window.items.empty()) text += fmt::format("_{}", fmt::join(window.items, "-"));
    if (text.size() <= 120) return text;
    const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
    return fmt::format("{}-regions-{:08x}", window.regions.size(), crc32(0, bytes, static_cast<uInt>(text.size())));
}

/// "2026-11-26T06:30:00Z" -> "20261126T063000Z", for file names.
std::string compact(std::string timestamp) {
    std::erase_if(timestamp, [](char c) { return c == '-' || c == ':'; });
    return timestamp;
}

std::int64_t rows_of(const source::Page& page) { return std::ssize(page.rows) + std::ssize(page.bad_rows); }

/// Rows that tell of the same hour, region and item as another one of the window.
std::int64_t repeated_rows(const source::Window& window, const std::vector<FetchedPage>& pages) {
    std::map<std::pair<std::string_view, std::string_view>, std::vector<bool>> seen;
    std::int64_t repeated = 0;
    for (const auto& [page, raw] : pages) {
        std::vector<std::vector<bool>*> hours;
        for (const auto& column : page.columns) hours.push_back(&seen[{column.region, column.item}]);
        for (const source::Row& row : page.rows) {
            if (row.period < window.first || row.period > window.last) continue;
            auto& of_column = *hours[row.column];
            of_column.resize(static_cast<std::size_t>(window.hours()));
            const auto hour = static_cast<std::size_t>((row.period - window.first).count());
            repeated += of_column[hour];
            of_column[hour] = true;
        }
    }
    return repeated;
}

/// With all rows twice, and more items a region than there ever were.
std::int64_t most_rows(const source::Window& window) {
    const std::int64_t items = window.items.empty() ? 200 : std::ssize(window.items);
    return 2 * window.hours() * std::ssize(window.regions) * items;
}

bool has_short_page(const std::vector<FetchedPage>& pages, std::int64_t page_rows) {
    return std::any_of(pages.begin(), std::prev(pages.end()),
                       [&](const FetchedPage& fetched) { return rows_of(fetched.page) < page_rows; });
}

void warn_of(const source::Page& page, std::int64_t named_before) {
    constexpr std::int64_t most_named = 20;
    for (const auto& problem : page.bad_rows)
        if (++named_before <= most_named) log::warning("row left out: " + problem);
    for (const auto& warning : page.warnings) log::debug("the API warns: " + warning);
}

}  // namespace

Download::Download(const Options& options, Fetcher& fetcher, WindowQueue& queue, Journal* journal, Assembly& assembly,
                   StageClock& clock)
    : options_(options), fetcher_(fetcher), queue_(queue), journal_(journal), assembly_(assembly), clock_(clock) {}

void Download::run() {
    if (queue_.windows_left() == 0) return;
    const auto count = static_cast<std::size_t>(
        std::min<std::int64_t>(options_.connections, std::max<std::int64_t>(1, queue_.windows_left())));
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    watch(count);
    workers.clear();  // joins
    if (failure_) std::rethrow_exception(failure_);
    const std::int64_t left = queue_.windows_left() + cut_short_;
    if (options_.stop.stop_requested() && left > 0)
        throw Stopped(
            fmt::format("stopped with {} windows to go{}", left, journal_ ? after_stop(options_.is_fresh) : ""));
}

void Download::work() {
    try {
        while (!options_.stop.stop_requested()) {
            const auto cut = queue_.next();
            if (!cut) break;
            auto pages = fetch(*cut);
            if (pages.empty()) continue;
            const std::string retrieved_at = utc_timestamp();
            if (journal_) keep(cut->window, pages, retrieved_at);
            take(cut->window, std::move(pages), retrieved_at);
        }
    } catch (const HttpError&) {
        if (options_.stop.stop_requested())
            ++cut_short_;  // what others have in hand comes to its end
        else
            fail(std::current_exception());
    } catch (...) {  // carried over to the thread that called run()
        fail(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    ++workers_done_;
    changed_.notify_all();
}

void Download::fail(std::exception_ptr failure) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
    }
    fetcher_.stop();
}

void Download::watch(std::size_t workers) {
    using namespace std::chrono_literals;
    Progress progress("extract", "records", queue_.rows_left());
    std::unique_lock lock(mutex_);
    while (workers_done_ < workers) {
        changed_.wait_for(lock, 100ms);
        const std::int64_t left = queue_.windows_left();
        const std::int64_t rows = records_ + queue_.rows_left();
        count_progress(records_, rows);
        progress.set_total(rows);
        progress.update(records_, fmt::format("{} of {} windows", windows_, windows_ + left));
    }
    if (!failure_) progress.finish();
}

/// Empty where the window went back to the queue.
std::vector<FetchedPage> Download::fetch(const WindowQueue::Cut& cut) {
    std::vector<FetchedPage> pages;
    std::string problem;
    for (int tried = 1;; ++tried) {
        if (fetch_once(cut, pages, problem)) {
            const auto repeated = repeated_rows(cut.window, pages);
            const bool is_settled = tried >= tries_for_repeated_rows && !has_short_page(pages, options_.page_rows);
            if (repeated == 0 || is_settled) break;
            problem = fmt::format("{} rows came twice", repeated);
        }
        const std::string where = fmt::format("{}: {}", cut.window.text(), problem);
        if (tried >= options_.attempts)
            throw DataError(fmt::format(
                "{}, {} times in a row; the table may be in the middle of an update: try again later", where, tried));
        log::debug(where + "; window begun again");
        ++restarts_;
        pages.clear();
    }
    if (const std::int64_t total = pages.front().page.total;
        std::ssize(pages) == 1 && total > rows_of(pages.front().page)) {
        queue_.take_back(cut, total);
        return {};
    }
    std::int64_t rows = 0;
    for (const auto& fetched : pages) rows += rows_of(fetched.page);
    queue_.learn(cut, rows);
    return pages;
}

/// False, with a `problem`, when the pages do not add up to the total that each of them states. Stops behind the first
/// page where there are far too many.
bool Download::fetch_once(const WindowQueue::Cut& cut, std::vector<FetchedPage>& pages, std::string& problem) {
    std::int64_t received = 0, total = 0;
    do {
        FetchedPage fetched = fetcher_.page(cut.window, received);
        const auto rows = rows_of(fetched.page);
        if (!pages.empty() && fetched.page.total != total) {
            problem = fmt::format("the total moved from {} to {} rows between pages", total, fetched.page.total);
            return false;
        }
        total = fetched.page.total;
        if (total < 0 || total > most_rows(cut.window)) {
            problem = fmt::format("the server tells of {} rows, more than there can be", total);
            return false;
        }
        received += rows;
        pages.push_back(std::move(fetched));
        if (received > total || (rows == 0 && received < total)) {
            problem = fmt::format("expected {} rows, received {}", total, received);
            return false;
        }
        const bool can_be_cut = !cut.is_exact && cut.window.hours() > most_pages;
        if (pages.size() == 1 && can_be_cut && total > most_pages * options_.page_rows) return true;
    } while (received < total);
    return true;
}

/// Only whole windows come here, and they count once the journal names them: a kill in between leaves pages that no
/// later run reads.
void Download::keep(const source::Window& window, const std::vector<FetchedPage>& pages,
                    const std::string& retrieved_at) {
    const StageTimer timer(clock_, StageClock::keep);
    JournalEntry entry{window, 0, retrieved_at, {}};
    for (const auto& [page, raw] : pages) {
        entry.files.push_back(fmt::format("{}_{}_{}_{}_{}_{}.json.zst", window.route->name, subject_of(window),
                                          to_string(window.first), to_string(window.last), compact(retrieved_at),
                                          entry.rows));
        write_raw_page(journal_->file().parent_path() / entry.files.back(), raw);
        entry.rows += rows_of(page);
    }
    journal_->append(entry);
}

void Download::take(const source::Window& window, std::vector<FetchedPage> fetched, const std::string& retrieved_at) {
    std::vector<source::Page> pages;
    for (auto& one : fetched) pages.push_back(std::move(one.page));
    const std::lock_guard lock(mutex_);
    const StageTimer timer(clock_, StageClock::assemble);
    for (const auto& page : pages) {
        records_ += rows_of(page);
        static Counter& records =
            counter("gridring_extract_records_total", CounterKind::total, "Rows received, those known before counted.");
        records.add(static_cast<double>(rows_of(page)));
        if (!page.api_version.empty()) api_version_ = page.api_version;
    }
    assembly_.add(window, pages, retrieved_at);
    for (const auto& page : pages) {
        warn_of(page, bad_rows_);
        bad_rows_ += std::ssize(page.bad_rows);
    }
    pages_ += std::ssize(pages);
    ++windows_;
    changed_.notify_all();
}

}  // namespace gridring::extract
