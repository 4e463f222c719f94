// SPDX-License-Identifier: MIT
#include "gridring/score/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::score {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double ape(double actual, double forecast) {
    return actual == 0 ? none : 100 * std::abs(forecast - actual) / std::abs(actual);
}

double pinball_of(double actual, double forecast, double level) {
    const double error = actual - forecast;
    return error >= 0 ? level * error : (level - 1) * error;
}

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
    return {n > 0 ? sum / static_cast<double>(n) : none, n};
}

double weight_of(double actual, double forecast) { return std::isnan(forecast) ? none : std::abs(actual); }

}  // namespace

Metric mape(std::span<const double> actual, std::span<const double> forecast) { return mean_of(actual, forecast, ape); }

Metric median_ape(std::span<const double> actual, std::span<const double> forecast) {
    expects(actual.size() == forecast.size(), "a metric compares equally many actuals and forecasts");
    std::vector<double> errors(actual.size());
    std::ranges::transform(actual, forecast, errors.begin(), ape);
    std::erase_if(errors, [](double error) { return std::isnan(error); });
    if (errors.empty()) return {none, 0};
    const auto middle = errors.begin() + std::ssize(errors) / 2;
    std::ranges::nth_element(errors, middle);
    const bool is_odd = errors.size() % 2 == 1;
    return {is_odd ? *middle : (*middle + *std::max_element(errors.begin(), middle)) / 2, std::ssize(errors)};
}

Metric wape(std::span<const double> actual, std::span<const double> forecast) {
    const Metric error = mae(actual, forecast), weight = mean_of(actual, forecast, weight_of);
    return {weight.value > 0 ? 100 * error.value / weight.value : none, error.n};
}

double seasonal_scale(std::span<const double> history, std::int64_t season) {
    expects(season > 0, "a season is some hours long");
    const auto lag = static_cast<std::size_t>(season);
    return history.size() <= lag ? none : mae(history.subspan(lag), history.first(history.size() - lag)).value;
}

Metric mase(std::span<const double> actual, std::span<const double> forecast, double scale) {
    if (!(scale > 0)) return {none, 0};
    const Metric error = mae(actual, forecast);
    return {error.value / scale, error.n};
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
    return mean_of(actual, forecast, [level](double a, double f) { return pinball_of(a, f, level); });
}

Metric weighted_quantile_loss(std::span<const double> actual, std::span<const double> forecast,
                              std::span<const double> levels) {
    expects(!levels.empty() && forecast.size() == actual.size() * levels.size(), "every hour has all levels");
    double loss = 0, weight = 0;
    std::int64_t n = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        double of_hour = 0;
        for (std::size_t q = 0; q < levels.size(); ++q)
            of_hour += pinball_of(actual[i], forecast[i * levels.size() + q], levels[q]);
        if (std::isnan(of_hour)) continue;
        loss += of_hour;
        weight += std::abs(actual[i]);
        ++n;
    }
    return {weight > 0 ? 2 * loss / (weight * static_cast<double>(levels.size())) : none, n};
}

Metric coverage(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper) {
    expects(actual.size() == lower.size() && actual.size() == upper.size(), "coverage compares equally many values");
    std::int64_t inside = 0, n = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        if (std::isnan(actual[i]) || std::isnan(lower[i]) || std::isnan(upper[i])) continue;
        inside += lower[i] <= actual[i] && actual[i] <= upper[i];
        ++n;
    }
    return {n > 0 ? 100 * static_cast<double>(inside) / static_cast<double>(n) : none, n};
}

Metric width(std::span<const double> lower, std::span<const double> upper) {
    return mean_of(lower, upper, [](double low, double high) { return high - low; });
}

}  // namespace gridring::score
