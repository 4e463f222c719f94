// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace gridring::score {

/// Pairs in which either side is NaN, or the actual is 0 for a relative error, are left out; n says how many counted.
struct Metric {
    double value;  ///< NaN when n = 0
    std::int64_t n;
};

/// Mean absolute percentage error, in per cent: 100 · mean |f - a| / |a|.
Metric mape(std::span<const double> actual, std::span<const double> forecast);
/// Mean absolute error, in the unit of the inputs.
Metric mae(std::span<const double> actual, std::span<const double> forecast);
/// Root mean square error, in the unit of the inputs.
Metric rmse(std::span<const double> actual, std::span<const double> forecast);
/// Mean pinball loss of quantile `level` (Koenker & Bassett 1978): max(level · e, (level - 1) · e), e = a - f. No
/// factor 2.
Metric pinball(std::span<const double> actual, std::span<const double> forecast, double level);
/// Share, in per cent, of actuals inside [lower, upper].
Metric coverage(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper);

}  // namespace gridring::score
