// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/append_file.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::extract {

/// One window whose pages are complete and on disk.
struct JournalEntry {
    source::Window window;
    std::int64_t rows = 0;
    std::string retrieved_at;        ///< UTC
    std::vector<std::string> files;  ///< names in the folder of the journal, in order of offset
};

struct JournalContent {
    std::vector<JournalEntry> entries;
    std::size_t bytes = 0;  ///< of whole lines; 0 = none is there yet that counts
};
/// Empty where there is no file. Throws ConfigError where the pages came from another source, StoreError for a file
/// that is no journal.
JournalContent read_journal(const std::filesystem::path& file, std::string_view source);

/// In one atomic step, in place of what is there. Throws StoreError.
void write_journal(const std::filesystem::path& file, std::string_view source,
                   const std::vector<JournalEntry>& entries);

/// Which windows the raw pages hold, in the order in which they were fetched: one line of JSON each, behind a line
/// that names format and source (docs/data_format.md). A line counts once its line break is there, so a kill in the
/// middle of one loses the window that it was about and nothing else. Thread-safe.
class Journal {
public:
    /// Reads what is there, or begins a new one. Throws as read_journal() does.
    Journal(std::filesystem::path file, std::string_view source);

    /// Those found.
    const std::vector<JournalEntry>& entries() const { return content_.entries; }

    /// Durable when it returns, and so are the names of the window's files. Threads that come while one writes are
    /// written together by the next. Throws StoreError.
    void append(const JournalEntry& entry);

    const std::filesystem::path& file() const { return file_; }

private:
    void write_pending(std::unique_lock<std::mutex>& lock);

    const std::filesystem::path file_;
    const JournalContent content_;
    AppendFile out_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string pending_;  ///< lines not yet written
    std::int64_t appended_ = 0, written_ = 0;
    bool is_writing_ = false;
    std::exception_ptr failure_;  ///< of a write; the lines of all that waited for it are lost
};

}  // namespace gridring::extract
