// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "gridring/model/energy_transformer.hpp"

namespace gridring::model {

/// pinball() with the square of the error in the place of the median's loss, so that its forecast becomes the mean.
EnergyTransformer::Loss squared(std::span<const double> quantiles, std::span<const float> forecasts,
                                std::span<const float> actual, std::span<const float> weight);

/// Gradient of squared(…).sum · scale, as pinball_gradient().
void squared_gradient(std::span<const double> quantiles, std::span<const float> forecasts,
                      std::span<const float> actual, std::span<const float> weight, double scale,
                      std::span<float> gradient);

}  // namespace gridring::model
