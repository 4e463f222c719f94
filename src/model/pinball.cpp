// SPDX-License-Identifier: MIT
#include "model/pinball.hpp"

#include <algorithm>

namespace gridring::model {

std::int64_t index_of_median(std::span<const double> quantiles) {
    return std::ranges::find(quantiles, 0.5) - quantiles.begin();
}

EnergyTransformer::Loss pinball(std::span<const double> quantiles, std::span<const float> forecasts,
                                std::span<const float> actual, std::span<const float> weight) {
    EnergyTransformer::Loss loss;
    const std::size_t count = quantiles.size();
    for (std::size_t i = 0; i < actual.size(); ++i) {
        double sum = 0;
        for (std::size_t q = 0; q < count; ++q) {
            const double miss = static_cast<double>(actual[i]) - static_cast<double>(forecasts[i * count + q]);
            sum += std::max(quantiles[q] * miss, (quantiles[q] - 1) * miss);
            if (miss != miss) sum = miss;  // max() would drop a NaN
        }
        loss.sum += static_cast<double>(weight[i]) * sum / static_cast<double>(count);
        loss.weight += static_cast<double>(weight[i]);
    }
    return loss;
}

void pinball_gradient(std::span<const double> quantiles, std::span<const float> forecasts,
                      std::span<const float> actual, std::span<const float> weight, double scale,
                      std::span<float> gradient) {
    const std::size_t count = quantiles.size();
    const auto each = static_cast<float>(scale / static_cast<double>(count));
    for (std::size_t q = 0; q < count; ++q) {
        const auto below = -static_cast<float>(quantiles[q]) * each,
                   above = static_cast<float>(1 - quantiles[q]) * each;
        for (std::size_t i = 0; i < actual.size(); ++i)
            gradient[i * count + q] = weight[i] * (forecasts[i * count + q] < actual[i] ? below : above);
    }
}

}  // namespace gridring::model
