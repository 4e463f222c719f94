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
/// Median of the absolute percentage errors, in per cent.
Metric median_ape(std::span<const double> actual, std::span<const double> forecast);
/// Weighted absolute percentage error, in per cent: 100 · Σ |f - a| / Σ |a|. Defined where MAPE explodes; NaN when all
/// actuals are 0.
Metric wape(std::span<const double> actual, std::span<const double> forecast);

/// Mean |y_t - y_{t - season}| of a training span, what MASE is measured in (Hyndman & Koehler 2006). NaN when no pair
/// is there.
double seasonal_scale(std::span<const double> history, std::int64_t season);
/// Mean absolute scaled error: MAE / scale. NaN, of no hours, for a scale of 0 (a constant history) or NaN.
Metric mase(std::span<const double> actual, std::span<const double> forecast, double scale);

/// Mean pinball loss of quantile `level` (Koenker & Bassett 1978): max(level · e, (level - 1) · e), e = a - f. No
/// factor 2.
Metric pinball(std::span<const double> actual, std::span<const double> forecast, double level);
/// Weighted quantile loss as GluonTS and GIFT-Eval define it: the mean over the levels of 2 · Σ pinball / Σ |a|.
/// `forecast` is [hour][level]; an hour counts where the actual and all levels are there. NaN when all actuals are 0.
Metric weighted_quantile_loss(std::span<const double> actual, std::span<const double> forecast,
                              std::span<const double> levels);
/// Share, in per cent, of actuals inside [lower, upper].
Metric coverage(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper);
/// Mean of upper - lower, in the unit of the inputs.
Metric width(std::span<const double> lower, std::span<const double> upper);

}  // namespace gridring::score
