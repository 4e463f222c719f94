// SPDX-License-Identifier: MIT
#include "gridring/score/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::score {

double conformal_margin(std::span<const double> actual, std::span<const double> lower, std::span<const double> upper,
                        double level) {
    expects(actual.size() == lower.size() && actual.size() == upper.size(), "every hour has its band");
    expects(level > 0 && level < 1, "a level lies in (0, 1)");
    std::vector<double> outside;  // how far; below zero inside
    for (std::size_t i = 0; i < actual.size(); ++i)
        if (!std::isnan(actual[i]) && !std::isnan(lower[i]) && !std::isnan(upper[i]))
            outside.push_back(std::max(lower[i] - actual[i], actual[i] - upper[i]));
    const auto rank = static_cast<std::ptrdiff_t>(std::ceil(static_cast<double>(outside.size() + 1) * level));
    if (rank > std::ssize(outside)) return std::numeric_limits<double>::infinity();
    const auto margin = outside.begin() + rank - 1;
    std::ranges::nth_element(outside, margin);
    return *margin;
}

}  // namespace gridring::score
