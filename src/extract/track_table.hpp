// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/series/cleaning.hpp"
#include "gridring/store/series_file.hpp"
#include "stage_clock.hpp"
#include "track.hpp"

namespace gridring::extract {

/// A series whose hours lie in tracks.
struct TrackTable {
    struct Variable {
        store::SeriesVariable about;  ///< its names
        std::string tally;            ///< what tallies call it
        std::int64_t first = 0;       ///< interval of the tracks with which the series begins
        std::int64_t intervals_an_hour = 1;
        std::vector<const Track*> tracks;  ///< by region; null = nothing arrived
    };

    store::Series about;  ///< hours, regions, provenance
    std::vector<Variable> variables;
};

/// Screens, cleans and writes the series row by row, so that it need not fit into memory. An hour of shorter intervals
/// is their mean, where all of them are there. Tallies in order of region, then variable. Throws StoreError, and leaves
/// an earlier file as it was.
std::vector<Tally> write_series(const std::filesystem::path& file, TrackTable table, series::Cleaning clean,
                                StageClock& clock);

/// The same series in memory.
store::Series series_of(TrackTable table, series::Cleaning clean, StageClock& clock);

}  // namespace gridring::extract
