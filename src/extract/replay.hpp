// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "coverage.hpp"
#include "journal.hpp"

namespace gridring::extract {

/// The pages of earlier runs, in the order of their retrieval. A window with a damaged page counts as missing.
class Replay {
public:
    /// Reads those that the options are interested in. `raw` is the folder of the pages.
    Replay(const Options& options, const std::filesystem::path& raw, const std::vector<JournalEntry>& entries,
           Assembly& assembly, Coverage& coverage);

    std::int64_t pages() const { return pages_; }
    const std::string& api_version() const { return api_version_; }

private:
    std::vector<source::Page> read(const std::filesystem::path& raw, const JournalEntry& entry);

    std::int64_t pages_ = 0;
    std::string api_version_;
};

}  // namespace gridring::extract
