// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "fetcher.hpp"

namespace gridring::extract {

/// Fetches all windows over several connections, keeps the raw pages, and hands complete windows to the assembly.
class Download {
public:
    Download(const Options& options, Fetcher& fetcher, Assembly& assembly);

    /// Shows progress until all windows are there. The first failure stops the others and is thrown.
    void run();

    std::int64_t pages() const { return pages_; }
    std::int64_t records() const { return records_; }
    std::int64_t restarts() const { return restarts_; }
    std::int64_t bad_rows() const { return bad_rows_; }
    const std::string& api_version() const { return api_version_; }
    std::filesystem::path raw_folder() const { return options_.folder / "raw"; }

private:
    void work();
    std::vector<FetchedPage> fetch(const source::Window& window);
    bool fetch_once(const source::Window& window, std::vector<FetchedPage>& pages, std::string& problem);
    void keep(const source::Window& window, const std::vector<FetchedPage>& pages) const;
    void take(const source::Window& window, std::vector<FetchedPage> pages);
    void fail(std::exception_ptr failure);
    void watch();

    const Options& options_;
    Fetcher& fetcher_;
    Assembly& assembly_;
    const std::vector<source::Window> windows_;
    const std::set<std::string> earlier_pages_;  ///< file names of earlier extractions in the raw folder
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::int64_t> restarts_ = 0;

    std::mutex mutex_;  // guards the assembly and all below
    std::condition_variable changed_;
    std::int64_t pages_ = 0, records_ = 0, bad_rows_ = 0, expected_records_ = 0;
    std::size_t windows_left_;
    std::string api_version_;
    std::exception_ptr failure_;
};

}  // namespace gridring::extract
