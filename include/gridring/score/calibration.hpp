// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace gridring::score {

/// By how much a band must be widened at both ends (or, below zero, narrowed) so that it holds a share `level` of what
/// is to come, if that is exchangeable with these hours: split conformal regression of quantiles (Romano, Patterson &
/// Candès 2019), with its finite-sample rank ⌈(n + 1) · level⌉. Hours with a NaN are left out; infinite where there are
/// too few to promise the level. In the unit of the inputs; scale them first where levels differ.
double conformal_margin(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper,
                        double level);

/// By how much a forecast of the quantile `level` must be moved up (below zero, down) so that a share `level` of what
/// is to come lies at or below it: the same for one end of a band, so that both ends keep their own promise. Below .5
/// the share above it is kept. Hours with a NaN are left out; infinite where there are too few to promise the level.
double conformal_shift(std::span<const double> actual, std::span<const double> quantile, double level);

}  // namespace gridring::score
