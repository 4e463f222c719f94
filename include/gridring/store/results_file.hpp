// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring::store {

/// Forecasts of one quantity: forecast[region][origin][lead][quantile], actual[region][origin][lead]. MW.
/// The target hour of (origin o, lead h), h = 0 … horizon-1, is origins[o] + h + 1 hours (hour ending).
struct Results {
    std::string variable = "demand";
    std::vector<std::string> regions;
    std::vector<std::vector<Hour>> origins;  ///< [region][origin]: last hour known; local midnights differ by zone
    std::int64_t horizon = 24;
    std::vector<double> quantiles;                  ///< increasing, contains .5
    std::vector<float> forecast;                    ///< [region][origin][lead][quantile]; NaN = none
    std::vector<float> actual;                      ///< [region][origin][lead]; NaN = unknown or flagged
    std::map<std::string, std::string> attributes;  ///< config, commit, command, seeds, time

    /// Of the region that has most: the extent of the origin axis of the arrays, NaN where a region has fewer.
    std::int64_t origin_count() const;
};

/// Atomic. Throws StoreError; BugError when the arrays do not have the extents named above.
void write_results(const std::filesystem::path& path, const Results& results);
Results read_results(const std::filesystem::path& path);

}  // namespace gridring::store
