// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace gridring::test {

/// How far `actual` lies from `expected`. A NaN on either side, an infinity that only one side has, or another length
/// is an infinite distance: it never passes. Equal infinities (log-sum-exp of a row without a key) are no distance.
struct Distance {
    double max_abs = 0;
    double relative_l2 = 0;
};

template <class A, class B>
Distance distance(std::span<const A> actual, std::span<const B> expected) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (actual.size() != expected.size()) return {infinity, infinity};
    Distance result;
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const auto a = static_cast<double>(actual[i]), b = static_cast<double>(expected[i]);
        if (a == b && std::isinf(b)) continue;
        if (!std::isfinite(a) || !std::isfinite(b)) return {infinity, infinity};
        result.max_abs = std::max(result.max_abs, std::abs(a - b));
        error += (a - b) * (a - b), norm += b * b;
    }
    result.relative_l2 = error == 0 ? 0.0 : norm == 0 ? infinity : std::sqrt(error / norm);
    return result;
}

template <class A, class B>
Distance distance(const A& actual, const B& expected) {
    return distance(std::span<const typename A::value_type>(actual), std::span<const typename B::value_type>(expected));
}

}  // namespace gridring::test
