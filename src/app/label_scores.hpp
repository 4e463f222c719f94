// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// The flags of demand against somebody's labels: one class in one region, over the hours that carry any label.
struct LabelScore {
    std::string region;      ///< "all": the sum over the regions
    std::string class_name;  ///< as in the file: LOCAL_DEM_UP
    std::string flag;        ///< ours: local_demand_up
    std::int64_t labelled = 0, flagged = 0, both = 0;

    double precision() const {
        return static_cast<double>(both) / static_cast<double>(flagged);
    }                                                                                            ///< NaN: none flagged
    double recall() const { return static_cast<double>(both) / static_cast<double>(labelled); }  ///< NaN: none labelled
};

/// The regions of the file that have <REGION>.csv[.gz] with a column `anomaly` in the folder (source::read_labels);
/// classes that neither side names are left out. Uses the flags of the file where it has those of screen_published,
/// else screens the demand now. Throws DataError where no region has labels, and for an unknown class.
std::vector<LabelScore> score_against_labels(const store::Series& series, const std::filesystem::path& folder);

}  // namespace gridring::app
