// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "gridring/core/random.hpp"

namespace gridring::test {

inline std::vector<float> random_values(std::size_t count, std::uint64_t seed, double deviation = 1.0) {
    Random random(seed);
    std::vector<float> values(count);
    for (float& v : values) v = static_cast<float>(deviation * random.normal());
    return values;
}

/// How far `gradient` of `loss` at `x` is from central differences, worst over a few random directions v:
/// |g·v - (loss(x + εv) - loss(x - εv)) / 2ε| / (|g| |v| / sqrt(n)), the scale of g·v for a random v. The fp32 steps
/// really taken enter g·v, so only the rounding of `loss` (which must sum in double) and its curvature are left: 1e-3
/// is a good result for a right gradient. A gradient that is 0 where the loss moves, or NaN, gives infinity.
template <class Loss>
double gradient_error(std::span<float> x, std::span<const float> gradient, Loss&& loss, std::uint64_t seed,
                      double epsilon = 4e-3, int directions = 3) {
    const std::vector<float> here(x.begin(), x.end());
    double squares = 0, worst = 0;
    for (const float g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
    for (int direction = 0; direction < directions; ++direction) {
        Random random(mix_seed(seed, static_cast<std::uint64_t>(direction)));
        std::vector<float> plus(x.size()), minus(x.size());
        double expected = 0, length = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double v = epsilon * random.normal();
            plus[i] = static_cast<float>(static_cast<double>(here[i]) + v);
            minus[i] = static_cast<float>(static_cast<double>(here[i]) - v);
            const double taken = static_cast<double>(plus[i]) - static_cast<double>(minus[i]);
            expected += static_cast<double>(gradient[i]) * taken;
            length += taken * taken;
        }
        std::ranges::copy(plus, x.begin());
        const double above = loss();
        std::ranges::copy(minus, x.begin());
        const double below = loss();
        std::ranges::copy(here, x.begin());
        const double scale = std::sqrt(squares * length / static_cast<double>(x.size()));
        const double error = std::abs(expected - (above - below)) / scale;
        if (!(error <= worst)) worst = error;
        if (!std::isfinite(error) && above != below) return std::numeric_limits<double>::infinity();
        if (!std::isfinite(above) || !std::isfinite(below)) return std::numeric_limits<double>::infinity();
    }
    return worst;
}

/// A loss whose gradient with respect to `values` is `weights`: sum of weights · values, in double.
inline double weighted_sum(std::span<const float> values, std::span<const float> weights) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        sum += static_cast<double>(values[i]) * static_cast<double>(weights[i]);
    return sum;
}

}  // namespace gridring::test
