// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/store/series_file.hpp"
#include "track.hpp"

namespace gridring::extract {

/// Gathers rows, in any order, into [type][region][hour], and keeps count of what was wrong with them. Not thread-safe.
class Assembly {
public:
    explicit Assembly(const Options& options);

    /// Rows nobody asked for are added to the page's bad rows.
    void add(source::Page& page);

    /// Throws DataError naming each region and type without one row.
    void expect_rows_everywhere() const;

    /// The screened series; provenance is the caller's. Fills the tallies, in order of region, then type.
    store::Series finish(const std::vector<source::Facet>& names, std::vector<Tally>& tallies) const;

private:
    const Track& track(std::size_t type, std::size_t region) const {
        return tracks_[type * options_.regions.size() + region];
    }
    Track* find(const source::Row& row);
    /// Not screened yet: the only flag set is conflicting.
    store::SeriesVariable variable(std::size_t type) const;

    const Options& options_;
    std::size_t hours_;
    std::vector<Track> tracks_;
};

}  // namespace gridring::extract
