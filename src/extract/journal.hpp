// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
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

/// Which windows the raw pages hold, in the order in which they were fetched: one line of JSON each, behind a line
/// that names format and source (docs/data_format.md). A line counts once its line break is there, so a kill in the
/// middle of one loses the window that it was about and nothing else. Thread-safe.
class Journal {
public:
    /// Reads what is there, or begins a new one. Throws ConfigError where the pages came from another source,
    /// StoreError for a file that is no journal.
    Journal(std::filesystem::path file, std::string_view source);

    const std::vector<JournalEntry>& entries() const { return entries_; }

    /// Durable when it returns. Throws StoreError.
    void append(const JournalEntry& entry);

    const std::filesystem::path& file() const { return file_; }

private:
    AppendFile out_;
    const std::filesystem::path file_;
    std::vector<JournalEntry> entries_;
    std::mutex mutex_;
};

}  // namespace gridring::extract
