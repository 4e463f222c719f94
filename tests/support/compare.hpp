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
    double squared_error = 0, squared_norm = 0;  ///< may be added up over ranks

    double relative_l2() const {
        if (squared_error == 0) return 0;
        return squared_norm == 0 ? std::numeric_limits<double>::infinity() : std::sqrt(squared_error / squared_norm);
    }
};

template <class A, class B>
Distance distance(std::span<const A> actual, std::span<const B> expected) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (actual.size() != expected.size()) return {infinity, infinity, 1};
    Distance result;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const auto a = static_cast<double>(actual[i]), b = static_cast<double>(expected[i]);
        if (a == b && std::isinf(b)) continue;
        if (!std::isfinite(a) || !std::isfinite(b)) return {infinity, infinity, 1};
        result.max_abs = std::max(result.max_abs, std::abs(a - b));
        result.squared_error += (a - b) * (a - b);
        result.squared_norm += b * b;
    }
    return result;
}

template <class A, class B>
Distance distance(const A& actual, const B& expected) {
    return distance(std::span<const typename A::value_type>(actual), std::span<const typename B::value_type>(expected));
}

}  // namespace gridring::test
