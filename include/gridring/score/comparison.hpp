// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

/// Is one forecast better than another, or was it luck?
namespace gridring::score {

struct Comparison {
    double mean_difference = 0;  ///< of the losses, first less second: below zero the first is better
    double statistic = 0;        ///< of the sign of mean_difference
    double p_two_sided = 1;      ///< of forecasts that are equally good
    double p_first_better = 1;   ///< one-sided: small where the first has the lower loss
    std::int64_t n = 0;          ///< pairs compared
};

/// Diebold & Mariano (1995) on the losses of two forecasts from the same, equally spaced origins, in their order. The
/// variance is that of Newey & West (1987) with `lags` autocovariances: forecasts from origins less than a horizon
/// apart share errors, so give it the number of further origins inside a horizon. Small samples by Harvey, Leybourne &
/// Newbold (1997), against Student's t with n - 1 degrees of freedom. Pairs with a NaN are left out, and those around
/// them move together. Fewer than lags + 2 pairs tell nothing: p = 1. Two losses that are always alike: statistic 0;
/// that always differ by the same: infinite.
Comparison diebold_mariano(std::span<const double> first, std::span<const double> second, std::int64_t lags);

}  // namespace gridring::score
