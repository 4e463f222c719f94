// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"

namespace gridring::store {

/// A named axis of scores, and scores over such axes, `regions` ("region") or `quantiles` ("quantile").
struct ScoreAxis {
    std::string name, long_name;
    std::vector<std::string> labels;
};
struct Score {
    std::string name, long_name, units;
    std::vector<std::string> axes;  ///< by name
    std::vector<double> values;     ///< row-major; NaN = none
};

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

    // Of a contest alone, and not read back:
    std::vector<std::string> names;  ///< of the forecasts compared, this one and others
    std::vector<float> medians;      ///< [name][region][origin][lead]; NaN = none
    std::vector<ScoreAxis> axes;
    std::vector<Score> scores;

    /// Of the region that has most: the extent of the origin axis of the arrays, NaN where a region has fewer.
    std::int64_t origin_count() const;
    std::size_t median() const;  ///< which of the quantiles it is
};

/// Atomic. Throws StoreError; BugError when the arrays do not have the extents named above.
void write_results(const std::filesystem::path& path, const Results& results);
/// Without what only a contest has.
Results read_results(const std::filesystem::path& path);

}  // namespace gridring::store
