// SPDX-License-Identifier: MIT
#include "gridring/score/comparison.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::score {
namespace {

/// Γ_k of a centred series, by n.
double autocovariance(std::span<const double> centred, std::size_t lag) {
    double sum = 0;
    for (std::size_t t = lag; t < centred.size(); ++t) sum += centred[t] * centred[t - lag];
    return sum / static_cast<double>(centred.size());
}

/// Bartlett's weights keep it from going below zero.
double long_run_variance(std::span<const double> centred, std::size_t lags) {
    double variance = autocovariance(centred, 0);
    for (std::size_t k = 1; k <= lags; ++k)
        variance += 2 * (1 - static_cast<double>(k) / static_cast<double>(lags + 1)) * autocovariance(centred, k);
    return variance;
}

/// P(T <= t).
double student_cdf(double t, double degrees) {
    if (std::isinf(t)) return t > 0 ? 1 : 0;
    return boost::math::cdf(boost::math::students_t(degrees), t);
}

}  // namespace

Comparison diebold_mariano(std::span<const double> first, std::span<const double> second, std::int64_t lags) {
    expects(first.size() == second.size() && lags >= 0, "equally many losses, and lags of zero or more");
    std::vector<double> differences;
    for (std::size_t i = 0; i < first.size(); ++i)
        if (const double difference = first[i] - second[i]; !std::isnan(difference)) differences.push_back(difference);
    Comparison comparison;
    comparison.n = std::ssize(differences);
    if (comparison.n == 0) return comparison;
    const double n = static_cast<double>(comparison.n);
    for (const double difference : differences) comparison.mean_difference += difference / n;
    if (comparison.n < lags + 2) return comparison;

    for (double& difference : differences) difference -= comparison.mean_difference;
    const double error = std::sqrt(long_run_variance(differences, static_cast<std::size_t>(lags)) / n);
    const double horizon = static_cast<double>(lags + 1);
    const double small_sample = std::sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n);
    if (comparison.mean_difference != 0) comparison.statistic = small_sample * comparison.mean_difference / error;
    comparison.p_first_better = student_cdf(comparison.statistic, n - 1);
    comparison.p_two_sided = 2 * student_cdf(-std::abs(comparison.statistic), n - 1);
    return comparison;
}

}  // namespace gridring::score
