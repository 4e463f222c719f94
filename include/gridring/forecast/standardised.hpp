// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/contest.hpp"

/// The errors that papers on long-horizon forecasts print: of every hour as an origin, in standard deviations.
namespace gridring::forecast {

/// Means over all windows (an origin whose whole horizon lies in the data), their hours and the regions, of errors in
/// population standard deviations of each region's hours before contest.training_hours. Hours without a truth or a
/// forecast are left out.
struct StandardisedScore {
    std::int64_t horizon = 0, windows = 0;  ///< windows of one region
    double mse = 0, mae = 0;
};
StandardisedScore standardised(const Contest& contest, const Entry& entry, std::int64_t horizon);

/// [entry][horizon] as a table, MSE and MAE, with the average over the horizons.
std::string to_text(const std::vector<std::string>& names, const std::vector<std::vector<StandardisedScore>>& scores);
std::string to_json(const std::vector<std::string>& names, const std::vector<std::vector<StandardisedScore>>& scores);

}  // namespace gridring::forecast
