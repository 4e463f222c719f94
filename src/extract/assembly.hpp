// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/store/series_file.hpp"
#include "track.hpp"

namespace gridring::extract {

/// A value that a later page of the same hour changed.
struct Revision {
    std::string region, variable;
    Hour hour;
    double before, after;  ///< [MW], NaN = null
    std::string seen_at;   ///< UTC: when the later one was retrieved
};

/// Gathers rows of windows in the order of their retrieval, newer values over older ones, and keeps count of what was
/// wrong with them. Not thread-safe.
class Assembly {
public:
    explicit Assembly(const Options& options);

    /// The pages of one window. Rows that nobody asked for are added to their bad rows; those of other hours or regions
    /// than the options' are passed over, since pages of an earlier run may hold more.
    void add(const source::Window& window, std::vector<source::Page>& pages, std::string_view retrieved_at);

    /// Throws DataError naming each region and type of region-data without one row; of the other data sets, where there
    /// is none at all.
    void expect_rows_everywhere() const;
    /// "fuel-type-data: no rows of PACW": of the other data sets.
    std::vector<std::string> absent_regions() const;

    const std::vector<Revision>& revisions() const { return revisions_; }

    /// The screened series; provenance is the caller's. Fills the tallies, in order of region, then variable.
    store::Series finish(std::vector<Tally>& tallies) const;

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
    void take(Entry& entry, const source::Row& row, std::string_view retrieved_at);
    std::vector<std::string> regions() const;
    /// Variables in the order of the options, those of one data set by name.
    std::vector<const source::Place*> variables() const;
    const Track* track(const std::string& variable, const std::string& region) const;
    /// Not screened yet: the flags set are conflicting and revised.
    store::SeriesVariable variable(const source::Place& place, const std::vector<std::string>& regions) const;

    const Options& options_;
    const std::size_t hours_;
    std::map<Key, Entry> entries_;
    std::vector<Revision> revisions_;
};

}  // namespace gridring::extract
