// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/store/series_file.hpp"

/// Forecast columns that stand beside the wrong hours. In EIA-930 some are off by an hour or a day for months; an error
/// measured on them is not that of the forecast.
namespace gridring::series {

/// Hours first to last, both included, where the forecast fits the demand once it is moved.
struct Misalignment {
    Hour first, last;
    int shift_hours = 0;       ///< to move the forecast by: +1 = the value stamped t belongs to t + 1
    double error = 0;          ///< mean absolute error of the forecast as it stands [% of demand]
    double error_shifted = 0;  ///< the same once moved, over the same hours
};

/// Compares, month by month (UTC), the forecast moved by -24, -1, 0, +1 and +24 h with the demand, in hours where all
/// are known. A stretch is reported where two months or more agree on one shift and it takes 15 % off the error; its
/// ends are then found to the hour. `flags` of the demand may be empty. Values by hour from `start` on, equally long.
std::vector<Misalignment> audit_alignment(Hour start, std::span<const double> demand,
                                          std::span<const std::uint16_t> flags, std::span<const double> forecast);

struct RegionMisalignment {
    std::string region;
    Misalignment stretch;
};
/// "demand_forecast" against "demand" in every region; empty where one of them is absent.
std::vector<RegionMisalignment> audit_alignment(const store::Series& series);

}  // namespace gridring::series
