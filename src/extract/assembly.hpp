// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/source/eia.hpp"
#include "track_table.hpp"

namespace gridring::extract {

/// A value that a later page of the same hour changed.
struct Revision {
    const source::Place* place;
    Hour hour;
    double before, after;        ///< [MW], NaN = null
    const std::string* seen_at;  ///< UTC: when the later one was retrieved
};

/// Gathers rows of windows in the order of their retrieval, newer values over older ones, and keeps count of what was
/// wrong with them. Not thread-safe.
class Assembly {
public:
    /// Hours that do not fit into memory go to a file in `spill`; see BlockStore.
    Assembly(const Options& options, const std::filesystem::path& spill);

    /// The pages of one window. Rows that nobody asked for are added to their bad rows; those of other hours or regions
    /// than the options' are passed over, since pages of an earlier run may hold more.
    void add(const source::Window& window, std::vector<source::Page>& pages, const std::string& retrieved_at);

    /// Throws DataError naming each region and type of region-data without one row; of the other data sets, where there
    /// is none at all.
    void expect_rows_everywhere() const;
    /// "fuel-type-data: no rows of PACW": of the other data sets.
    std::vector<std::string> absent_regions() const;

    /// Hold while the assembly does.
    const std::vector<Revision>& revisions() const { return revisions_; }

    /// Provenance is the caller's. Holds while the assembly does.
    TrackTable table() const;

private:
    struct Key {
        const source::Route* route;
        std::string region, item;  ///< as the rows have them
        auto operator<=>(const Key&) const = default;
    };
    struct Entry {
        source::Place place;
        Track track;
    };

    /// Null where the options do not ask for it: a page of an earlier run may hold more.
    Entry* find(const source::Window& window, const source::Column& column);
    void begin_anew(const source::Window& window);
    void take(Entry& entry, const source::Row& row, const std::string& retrieved_at);
    std::vector<std::string> regions() const;
    /// Variables in the order of the options, those of one data set by name.
    std::vector<const source::Place*> variables() const;
    /// By region; null where nothing arrived.
    std::vector<const Track*> tracks(const source::Place& place, const std::vector<std::string>& regions) const;

    const Options& options_;
    BlockStore store_;
    std::map<Key, Entry> entries_;
    std::set<std::string, std::less<>> revision_times_;
    std::vector<Revision> revisions_;
};

}  // namespace gridring::extract
