// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/label_scores.hpp"
#include "app/series_facts.hpp"
#include "gridring/series/alignment.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// Everything that `gridring inspect` found out about a file.
struct Inspection {
    std::string file;
    store::Series series;
    std::vector<std::vector<SeriesFacts>> facts;  ///< [variable][region]
    std::vector<series::RegionMisalignment> misalignments;
    std::vector<LabelScore> labels;
};

/// For the terminal.
std::string to_text(const Inspection& inspection);
/// docs/data_format.md, "Inspection".
std::string to_json(const Inspection& inspection);

}  // namespace gridring::app
