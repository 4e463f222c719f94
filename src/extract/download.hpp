// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "fetcher.hpp"
#include "journal.hpp"
#include "window_queue.hpp"

namespace gridring::extract {

/// Fetches what the queue cuts over several connections, keeps the raw pages, and hands complete windows to the
/// assembly.
class Download {
public:
    /// Without a journal, null, no pages are kept.
    Download(const Options& options, Fetcher& fetcher, WindowQueue& queue, Journal* journal, Assembly& assembly,
             StageClock& clock);

    /// Shows progress until all windows are there. The first failure stops the others and is thrown; throws Stopped.
    void run();

    std::int64_t pages() const { return pages_; }
    std::int64_t records() const { return records_; }
    std::int64_t restarts() const { return restarts_; }
    std::int64_t bad_rows() const { return bad_rows_; }
    const std::string& api_version() const { return api_version_; }

private:
    void work();
    std::vector<FetchedPage> fetch(const WindowQueue::Cut& cut);
    bool fetch_once(const WindowQueue::Cut& cut, std::vector<FetchedPage>& pages, std::string& problem);
    void keep(const source::Window& window, const std::vector<FetchedPage>& pages, const std::string& retrieved_at);
    void take(const source::Window& window, std::vector<FetchedPage> pages, const std::string& retrieved_at);
    void fail(std::exception_ptr failure);
    void watch(std::size_t workers);

    const Options& options_;
    Fetcher& fetcher_;
    WindowQueue& queue_;
    Journal* const journal_;
    Assembly& assembly_;
    StageClock& clock_;
    std::atomic<std::int64_t> restarts_ = 0;
    std::atomic<std::int64_t> cut_short_ = 0;  ///< windows in hand whose next page was still to be asked for

    std::mutex mutex_;  // guards the assembly and all below
    std::condition_variable changed_;
    std::int64_t pages_ = 0, records_ = 0, bad_rows_ = 0, windows_ = 0;
    std::size_t workers_done_ = 0;
    std::string api_version_;
    std::exception_ptr failure_;
};

}  // namespace gridring::extract
