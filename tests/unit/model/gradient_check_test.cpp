// SPDX-License-Identifier: MIT
// The checker itself: it accepts a right gradient and rejects the wrong ones that bugs make.
#include "support/gradient_check.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace gridring;

TEST_CASE("the gradient checker tells right from wrong") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        auto x = test::random_values(40, seed);
        const auto weights = test::random_values(40, seed + 100);
        const auto loss = [&] {
            double sum = 0;
            for (std::size_t i = 0; i < x.size(); ++i)
                sum += static_cast<double>(weights[i]) * std::sin(static_cast<double>(x[i]));
            return sum;
        };
        std::vector<float> right(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) right[i] = weights[i] * std::cos(x[i]);
        const auto before = x;
        CHECK(test::gradient_error(x, right, loss, seed) < 1e-3);
        CHECK(x == before);

        auto scaled = right, one_missing = right, one_flipped = right, all_zero = right, poisoned = right;
        for (float& g : scaled) g *= 1.05f;
        const auto largest = static_cast<std::size_t>(
            std::ranges::max_element(right, {}, [](float g) { return std::abs(g); }) - right.begin());
        one_missing[largest] = 0;
        one_flipped[largest] *= -1;
        std::ranges::fill(all_zero, 0.0f);
        poisoned[3] = std::nanf("");
        for (const auto& wrong : {scaled, one_missing, one_flipped, all_zero, poisoned})
            CHECK_FALSE(test::gradient_error(x, wrong, loss, seed) < 1e-2);
    }
}
