// SPDX-License-Identifier: MIT
#include "gridring/score/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::score {
namespace {

/// The value at rank ⌈(n + 1) · level⌉, which a further one does not exceed with that probability; infinite where there
/// is no such rank.
double at_rank(std::vector<double>& values, double level) {
    const auto rank = static_cast<std::ptrdiff_t>(std::ceil(static_cast<double>(values.size() + 1) * level));
    if (rank > std::ssize(values)) return std::numeric_limits<double>::infinity();
    const auto found = values.begin() + rank - 1;
    std::ranges::nth_element(values, found);
    return *found;
}

}  // namespace

double conformal_margin(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper,
                        double level) {
    expects(actual.size() == lower.size() && actual.size() == upper.size(), "every hour has its band");
    expects(level > 0 && level < 1, "a level lies in (0, 1)");
    std::vector<double> outside;  // how far; below zero inside
    for (std::size_t i = 0; i < actual.size(); ++i)
        if (!std::isnan(actual[i]) && !std::isnan(lower[i]) && !std::isnan(upper[i]))
            outside.push_back(std::max(lower[i] - actual[i], actual[i] - upper[i]));
    return at_rank(outside, level);
}

double conformal_shift(std::span<const double> actual, std::span<const double> quantile, double level) {
    expects(actual.size() == quantile.size(), "every hour has its quantile");
    expects(level > 0 && level < 1, "a level lies in (0, 1)");
    const double sign = level < .5 ? -1 : 1;  // a low quantile is a high one, upside down
    std::vector<double> beyond;
    for (std::size_t i = 0; i < actual.size(); ++i)
        if (const double by = sign * (actual[i] - quantile[i]); !std::isnan(by)) beyond.push_back(by);
    return sign * at_rank(beyond, std::max(level, 1 - level));
}

}  // namespace gridring::score
