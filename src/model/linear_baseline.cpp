// SPDX-License-Identifier: MIT
#include "gridring/model/linear_baseline.hpp"

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::model {

std::int64_t LinearBaseline::map_of(const std::string& region) const {
    const auto found = std::ranges::find(regions, region);
    return found == regions.end() ? 0 : 1 + (found - regions.begin());
}

std::span<const float> LinearBaseline::weights_of(std::int64_t map, std::int64_t lead) const {
    expects(lead >= 1 && lead <= horizon, "the baseline reaches as far as the model");
    return std::span(weights).subspan(static_cast<std::size_t>((map * horizon + lead - 1) * hours),
                                      static_cast<std::size_t>(hours));
}

void predict(const LinearBaseline& baseline, std::int64_t map, std::span<float> window,
             std::span<const std::int64_t> leads, std::span<float> out) {
    expects(std::ssize(window) == baseline.hours && out.size() == leads.size(), "a window and a forecast a lead");
    double sum = 0;
    for (const float value : window) sum += static_cast<double>(value);
    const auto mean = static_cast<float>(sum / static_cast<double>(window.size()));
    for (float& value : window) value -= mean;
    for (std::size_t i = 0; i < leads.size(); ++i) {
        const auto weights = baseline.weights_of(map, leads[i]);
        float forecast = 0;
#pragma omp simd reduction(+ : forecast)
        for (std::size_t h = 0; h < window.size(); ++h) forecast += weights[h] * window[h];
        out[i] = mean + forecast;
    }
}

}  // namespace gridring::model
