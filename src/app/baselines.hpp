// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gridring::app {

/// Which forecasts to compare, of what and when.
struct BaselineArguments {
    std::filesystem::path data;                        ///< folder of <RESPONDENT>.csv[.gz]
    std::vector<std::string> regions;                  ///< empty = all that it has
    std::string from, to;                              ///< local dates, both included
    std::vector<std::int64_t> horizons{24, 168, 720};  ///< of forecasts from local midnight
    bool is_day_ahead = false;                         ///< from 09:00 of the day before instead, beside the operator's
    std::uint64_t seed = 1;
};

/// Fits the baselines to all hours before `from`, lets them forecast from every local midnight, or the 24 hours of
/// every day from 09:00 of the day before as the operators do, and prints how they do. What counts as true are the
/// hours that the files call OKAY in a column `anomaly`; where it is blank, those that nothing is known against.
void compare_baselines(const BaselineArguments& arguments);

}  // namespace gridring::app
