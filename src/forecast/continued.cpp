// SPDX-License-Identifier: MIT
#include "gridring/forecast/continued.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace gridring::forecast {
namespace {

constexpr std::int64_t day = 24;

/// [quantile]: mean distance from the median over the last day of a region's leads.
std::vector<float> last_distances(const float* forecast, std::int64_t leads, std::size_t quantiles,
                                  std::size_t median) {
    std::vector<float> mean(quantiles, 0.0f);
    const std::int64_t count = std::min(day, leads);
    for (std::int64_t lead = leads - count; lead < leads; ++lead) {
        const float* row = forecast + lead * static_cast<std::int64_t>(quantiles);
        for (std::size_t q = 0; q < quantiles; ++q) mean[q] += (row[q] - row[median]) / static_cast<float>(count);
    }
    return mean;
}

}  // namespace

void continue_with(store::Results& far, const store::Results& next) {
    const std::size_t quantiles = far.quantiles.size();
    const std::size_t median = far.median();
    std::vector<float> forecast, actual;
    for (std::size_t region = 0; region < far.regions.size(); ++region) {
        const auto part = [&](const std::vector<float>& values, const store::Results& of, std::size_t width) {
            const std::size_t count = static_cast<std::size_t>(of.horizon) * width;
            return std::span(values).subspan(region * count, count);
        };
        const auto before = part(far.forecast, far, quantiles), after = part(next.forecast, next, quantiles);
        const auto distances = last_distances(before.data(), far.horizon, quantiles, median);
        forecast.insert(forecast.end(), before.begin(), before.end());
        for (std::size_t i = 0; i < after.size(); ++i) {
            const float centre = after[i - i % quantiles + median], own = after[i] - centre;
            forecast.push_back(centre + std::copysign(std::hypot(own, distances[i % quantiles]), own));
        }
        for (const store::Results* of : {static_cast<const store::Results*>(&far), &next}) {
            const auto row = part(of->actual, *of, 1);
            actual.insert(actual.end(), row.begin(), row.end());
        }
    }
    far.forecast = std::move(forecast), far.actual = std::move(actual);
    far.horizon += next.horizon;
}

void keep_leads(store::Results& results, std::int64_t horizon) {
    const auto keep = [&](std::vector<float>& values, std::size_t width) {
        const std::size_t from = static_cast<std::size_t>(results.horizon) * width,
                          kept = static_cast<std::size_t>(horizon) * width;
        std::vector<float> shorter;
        for (std::size_t begin = 0; begin < values.size(); begin += from)
            shorter.insert(shorter.end(), values.begin() + static_cast<std::ptrdiff_t>(begin),
                           values.begin() + static_cast<std::ptrdiff_t>(begin + kept));
        values = std::move(shorter);
    };
    keep(results.forecast, results.quantiles.size());
    keep(results.actual, 1);
    results.horizon = horizon;
}

}  // namespace gridring::forecast
