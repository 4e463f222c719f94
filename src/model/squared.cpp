// SPDX-License-Identifier: MIT
#include "model/squared.hpp"

#include <cmath>

#include "model/pinball.hpp"

namespace gridring::model {
EnergyTransformer::Loss squared(std::span<const double> quantiles, std::span<const float> forecasts,
                                std::span<const float> actual, std::span<const float> weight) {
    EnergyTransformer::Loss loss = pinball(quantiles, forecasts, actual, weight);
    const std::size_t count = quantiles.size(), median = static_cast<std::size_t>(index_of_median(quantiles));
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double miss = static_cast<double>(actual[i]) - static_cast<double>(forecasts[i * count + median]);
        loss.sum += static_cast<double>(weight[i]) * (miss * miss - std::abs(miss) / 2) / static_cast<double>(count);
    }
    return loss;
}

void squared_gradient(std::span<const double> quantiles, std::span<const float> forecasts,
                      std::span<const float> actual, std::span<const float> weight, double scale,
                      std::span<float> gradient) {
    pinball_gradient(quantiles, forecasts, actual, weight, scale, gradient);
    const std::size_t count = quantiles.size(), median = static_cast<std::size_t>(index_of_median(quantiles));
    const auto each = static_cast<float>(2 * scale / static_cast<double>(count));
    for (std::size_t i = 0; i < actual.size(); ++i)
        gradient[i * count + median] = weight[i] * each * (forecasts[i * count + median] - actual[i]);
}

}  // namespace gridring::model
