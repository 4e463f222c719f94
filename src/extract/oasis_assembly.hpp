// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gridring/extract/caiso.hpp"
#include "gridring/source/caiso.hpp"
#include "track_table.hpp"

namespace gridring::extract {

/// Gathers rows of OASIS reports, in any order, by (variable, location, interval), and makes hours of them.
class OasisAssembly {
public:
    OasisAssembly(const CaisoOptions& options, std::vector<const source::OasisReport*> reports);

    /// Rows of other hours or locations than asked for are passed over: OASIS rounds requests up to its liking.
    void add(const source::OasisReport& report, const source::OasisPage& page);

    bool is_empty() const { return tracks_.empty(); }
    /// Zones and nodes asked for of which there is no row.
    std::vector<std::string> absent_locations() const;
    /// Of the zones' reports, asked for or not.
    const std::set<std::string>& seen_zones() const { return seen_zones_; }

    /// Provenance is the caller's. Variables without a row are left out. Holds while the assembly does.
    TrackTable table() const;

private:
    /// (index of the report in reports_, item), location.
    using Key = std::pair<std::pair<std::size_t, std::size_t>, std::string>;

    bool is_wanted(const source::OasisReport& report, const std::string& location) const;
    std::vector<std::string> regions() const;
    const Track* find(std::size_t report, std::size_t item, const std::string& location) const;

    const CaisoOptions& options_;
    const std::vector<const source::OasisReport*> reports_;
    const std::int64_t hours_;
    BlockStore store_;
    std::map<Key, Track> tracks_;
    std::set<std::string> seen_zones_;
};

}  // namespace gridring::extract
