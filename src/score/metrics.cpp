// SPDX-License-Identifier: MIT
#include "gridring/score/metrics.hpp"

#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"

namespace gridring::score {
namespace {

/// Mean of `loss` over the pairs for which it is a number: a NaN on either side makes it NaN.
template <class Loss>
Metric mean_of(std::span<const double> actual, std::span<const double> forecast, Loss loss) {
    expects(actual.size() == forecast.size(), "a metric compares equally many actuals and forecasts");
    double sum = 0;
    std::int64_t n = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double term = loss(actual[i], forecast[i]);
        if (std::isnan(term)) continue;
        sum += term;
        ++n;
    }
    return {n > 0 ? sum / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN(), n};
}

}  // namespace

Metric mape(std::span<const double> actual, std::span<const double> forecast) {
    return mean_of(actual, forecast, [](double a, double f) {
        return a == 0 ? std::numeric_limits<double>::quiet_NaN() : 100 * std::abs(f - a) / std::abs(a);
    });
}

Metric mae(std::span<const double> actual, std::span<const double> forecast) {
    return mean_of(actual, forecast, [](double a, double f) { return std::abs(f - a); });
}

Metric rmse(std::span<const double> actual, std::span<const double> forecast) {
    const Metric square = mean_of(actual, forecast, [](double a, double f) { return (f - a) * (f - a); });
    return {std::sqrt(square.value), square.n};
}

Metric pinball(std::span<const double> actual, std::span<const double> forecast, double level) {
    expects(level > 0 && level < 1, "a quantile level lies in (0, 1)");
    return mean_of(actual, forecast, [level](double a, double f) {
        const double error = a - f;
        return error >= 0 ? level * error : (level - 1) * error;
    });
}

Metric coverage(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper) {
    expects(actual.size() == lower.size() && actual.size() == upper.size(), "coverage compares equally many values");
    std::int64_t inside = 0, n = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        if (std::isnan(actual[i]) || std::isnan(lower[i]) || std::isnan(upper[i])) continue;
        inside += lower[i] <= actual[i] && actual[i] <= upper[i];
        ++n;
    }
    return {
        n > 0 ? 100 * static_cast<double>(inside) / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN(),
        n};
}

}  // namespace gridring::score
