// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

namespace gridring::series {

/// What the days around an hour lead to expect of it. [hour], MW where nothing else is said; NaN where unknown. In
/// brackets the terms of Ruggles et al. 2020.
struct UsualDays {
    std::vector<double> expected;       ///< level of two days times the template of this hour of the day
    std::vector<double> spread;         ///< interquartile range of demand about its level [IQR_dem]
    std::vector<double> step_spread;    ///< interquartile range of the hourly steps [IQR_delta]
    std::vector<double> relative;       ///< demand / expected, 1 = as usual [r]
    std::vector<double> relative_long;  ///< the same by the level of twenty days
    double relative_step_spread = 0;    ///< interquartile range of the hourly steps of `relative`, all hours [IQR_r]
};
/// `steps` as steps_of(demand).
UsualDays describe_usual_days(std::span<const double> demand, std::span<const double> steps);

/// Of the numbers among them; NaN where there are none.
double median_of(std::span<const double> values);

/// value[t] - value[t - 1].
std::vector<double> steps_of(std::span<const double> values);

}  // namespace gridring::series
