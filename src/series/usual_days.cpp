// SPDX-License-Identifier: MIT
#include "series/usual_days.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "series/sorted_window.hpp"

namespace gridring::series {
namespace {

constexpr std::size_t level_half = 24, long_level_half = 240, spread_half = 120;  // [h], half of a rolling window
constexpr std::ptrdiff_t template_days = 10;                                      // on either side
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

constexpr auto median = [](const SortedWindow& window) { return window.median(); };
/// A few hours tell no spread, and neither do hours that are all alike; the paper, whose series are years of real
/// demand, takes any number of any hours.
constexpr auto interquartile_range = [](const SortedWindow& window) {
    const double range = window.size() < 24 ? 0 : window.interquartile_range();
    return range > 0 ? range : unknown;
};

/// Median of the same hour of the day over the days around it.
std::vector<double> daily_template(const std::vector<double>& values) {
    const auto hours = static_cast<std::ptrdiff_t>(values.size());
    const auto at = [&](std::ptrdiff_t t) {
        return t < 0 || t >= hours ? unknown : values[static_cast<std::size_t>(t)];
    };
    std::vector<SortedWindow> windows(24, SortedWindow(2 * template_days + 1));
    for (std::ptrdiff_t t = 0; t < 24 * template_days; ++t) windows[static_cast<std::size_t>(t % 24)].insert(at(t));
    std::vector<double> medians(values.size());
    for (std::ptrdiff_t t = 0; t < hours; ++t) {
        SortedWindow& window = windows[static_cast<std::size_t>(t % 24)];
        window.replace(at(t - 24 * (template_days + 1)), at(t + 24 * template_days));
        medians[static_cast<std::size_t>(t)] = window.median();
    }
    return medians;
}

/// Linear between the two nearest ranks. Reorders them.
double quantile_among(std::vector<double>& numbers, double q) {
    if (numbers.empty()) return unknown;
    const double place = q * static_cast<double>(numbers.size() - 1);
    const auto below = numbers.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(numbers.begin(), below, numbers.end());
    if (below + 1 == numbers.end()) return *below;
    return *below + (*std::min_element(below + 1, numbers.end()) - *below) * (place - std::floor(place));
}

bool is_unknown(double value) { return std::isnan(value); }

double spread_of(std::vector<double> values) {
    std::erase_if(values, is_unknown);
    return quantile_among(values, .75) - quantile_among(values, .25);
}

}  // namespace

double median_of(std::span<const double> values) {
    std::vector<double> numbers(values.begin(), values.end());
    std::erase_if(numbers, is_unknown);
    return quantile_among(numbers, .5);
}

std::vector<double> steps_of(std::span<const double> values) {
    std::vector<double> steps(values.size(), unknown);
    for (std::size_t t = 1; t < values.size(); ++t) steps[t] = values[t] - values[t - 1];
    return steps;
}

/// Arrays change their meaning under way: fresh memory costs as much as a rolling median.
UsualDays describe_usual_days(std::span<const double> demand, std::span<const double> steps) {
    UsualDays usual;
    usual.expected = around_every_hour(demand, level_half, median);            // still the level
    usual.relative_long = around_every_hour(demand, long_level_half, median);  // still the level of twenty days
    usual.step_spread = around_every_hour(steps, spread_half, interquartile_range);
    std::vector<double> about_level(demand.size());
    for (std::size_t t = 0; t < demand.size(); ++t) about_level[t] = demand[t] - usual.expected[t];
    usual.spread = around_every_hour(about_level, spread_half, interquartile_range);
    usual.relative = daily_template(about_level);  // still in MW
    for (std::size_t t = 0; t < demand.size(); ++t) {
        const double factor = 1 + usual.relative[t] / usual.relative_long[t];
        usual.expected[t] *= factor;
        usual.relative_long[t] = demand[t] / (usual.relative_long[t] * factor);
        usual.relative[t] = demand[t] / usual.expected[t];
    }
    for (std::size_t t = 1; t < demand.size(); ++t) about_level[t] = usual.relative[t] - usual.relative[t - 1];
    if (!about_level.empty()) about_level[0] = unknown;
    usual.relative_step_spread = spread_of(std::move(about_level));
    return usual;
}

}  // namespace gridring::series
