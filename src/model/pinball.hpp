// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "gridring/model/energy_transformer.hpp"

namespace gridring::model {

/// Index of .5, which is among them.
std::int64_t index_of_median(std::span<const double> quantiles);

/// Weighted pinball loss (Koenker & Bassett 1978) of `forecasts` [n][quantiles] against `actual` [n], mean over
/// quantiles.
EnergyTransformer::Loss pinball(std::span<const double> quantiles, std::span<const float> forecasts,
                                std::span<const float> actual, std::span<const float> weight);

/// d(sum · scale) / d(forecasts).
void pinball_gradient(std::span<const double> quantiles, std::span<const float> forecasts,
                      std::span<const float> actual, std::span<const float> weight, double scale,
                      std::span<float> gradient);

}  // namespace gridring::model
