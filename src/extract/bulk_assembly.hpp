// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gridring/extract/import.hpp"
#include "gridring/source/bulk.hpp"
#include "track_table.hpp"

namespace gridring::extract {

/// Gathers stretches, in any order, by variable and region. The span grows with them where the options leave it open.
class BulkAssembly {
public:
    explicit BulkAssembly(const ImportOptions& options);

    void add(const source::BulkStretch& stretch);

    /// Throws DataError where nothing arrived, or nothing of a region or variable asked for.
    void expect_values() const;

    /// Provenance is the caller's. Holds while the assembly does. Throws DataError for a span that no data can have.
    TrackTable table() const;

private:
    /// Intervals are hours since the epoch.
    struct Line {
        Track track;
        Hour first = Hour::max(), last = Hour::min();  ///< seen
    };
    using Key = std::pair<std::string, std::string>;  ///< variable, region

    bool is_wanted(const source::BulkStretch& stretch) const;
    /// For the message when nothing of what was asked for is there.
    void note(const source::BulkStretch& stretch);
    std::vector<std::string> regions() const;
    std::vector<std::string> variables() const;
    std::string zone_of(const std::string& code) const;
    std::pair<Hour, Hour> span() const;

    const ImportOptions& options_;
    BlockStore store_;
    std::map<std::string, source::BulkQuantity> quantities_;  ///< by variable
    std::map<Key, Line> lines_;
    std::set<std::string, std::less<>> seen_regions_, seen_variables_;  ///< asked for or not
    Hour first_seen_ = Hour::max(), last_seen_ = Hour::min();
};

}  // namespace gridring::extract
