// SPDX-License-Identifier: MIT
#include "gridring/model/linear_baseline.hpp"

#include <doctest/doctest.h>

#include <array>

#include "model/squared.hpp"

namespace gridring::model {
namespace {

TEST_CASE("a baseline commutes with shift and scale; a region without weights has those of all") {
    // one lead of three hours: all regions together copy the last hour, B the first
    const LinearBaseline baseline{3, 2, {"B"}, {0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}};
    CHECK(baseline.map_of("A") == 0);
    CHECK(baseline.map_of("B") == 1);
    const std::array<std::int64_t, 2> leads{1, 2};
    for (const float scale : {1.0f, -3.0f})
        for (const float shift : {0.0f, 100.0f}) {
            std::array<float, 2> out{};
            const std::array<float, 3> values{shift + scale * 1, shift + scale * 3, shift + scale * 8};
            for (const std::int64_t map : {0, 1}) {
                auto window = values;
                predict(baseline, map, window, leads, out);
                CHECK(out[0] == doctest::Approx(shift + scale * 4));  // no weight: the mean
                CHECK(out[1] == doctest::Approx(map == 0 ? values[2] : values[0]));
            }
        }
}

TEST_CASE("squared: the median's loss is the square of its error, and the gradient is its slope") {
    const std::array quantiles{0.1, 0.5, 0.9};
    const std::array<float, 2> actual{1.5f, -2.0f}, weight{2.0f, 0.5f};
    std::array<float, 6> forecast{0.5f, 1.0f, 4.0f, -3.0f, -1.0f, 2.0f};
    const auto loss = [&] { return squared(quantiles, forecast, actual, weight); };
    CHECK(loss().weight == 2.5);
    CHECK(loss().sum == doctest::Approx((2 * (0.1 * 1 + 0.25 + 0.1 * 2.5) + 0.5 * (0.1 * 1 + 1 + 0.1 * 4)) / 3));
    std::array<float, 6> gradient{};
    squared_gradient(quantiles, forecast, actual, weight, 0.7, gradient);
    for (std::size_t i = 0; i < forecast.size(); ++i) {
        const float at = forecast[i], step = 1.0f / 64;
        forecast[i] = at + step;
        const double above = loss().sum;
        forecast[i] = at - step;
        const double slope = (above - loss().sum) / (2 * static_cast<double>(step));
        forecast[i] = at;
        CHECK(static_cast<double>(gradient[i]) == doctest::Approx(0.7 * slope));
    }
}

}  // namespace
}  // namespace gridring::model
