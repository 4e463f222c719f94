// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// What `gridring inspect` tells of one variable in one region.
struct SeriesFacts {
    std::string region;
    Hour first{}, last{};             ///< hours of the first and the last value; of the file where there is none
    std::int64_t hours = 0;           ///< with a value
    std::int64_t missing = 0;         ///< of the file's span, without
    std::int64_t gaps = 0;            ///< stretches that those form
    std::int64_t longest_gap = 0;     ///< [h]
    std::int64_t flagged = 0;         ///< with a value, and not to be trusted
    std::vector<std::int64_t> flags;  ///< hours carrying each of series.flag_names; empty = not screened
    double least, median, most;       ///< of the values as received, faults and all; NaN where there is none
    std::vector<double> means;        ///< of the good hours in up to 60 equal stretches; NaN where there are none
};
SeriesFacts facts_of(const store::Series& series, const store::SeriesVariable& variable, std::size_t region);

/// ▁ … █ from the least to the most; a blank for NaN.
std::string sparkline(const std::vector<double>& means);

}  // namespace gridring::app
