// SPDX-License-Identifier: MIT
#include "gridring/train/optimizer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"

using namespace gridring;

TEST_CASE("learning rate: linear warm-up, cosine to the final fraction") {
    train::OptimizerOptions options;
    options.learning_rate = 1.0, options.final_fraction = 0.1, options.warmup_steps = 10;
    CHECK(train::learning_rate(options, 0, 110) == doctest::Approx(0.1));
    CHECK(train::learning_rate(options, 9, 110) == doctest::Approx(1.0));
    CHECK(train::learning_rate(options, 60, 110) == doctest::Approx(0.55));
    CHECK(train::learning_rate(options, 110, 110) == doctest::Approx(0.1));
    options.warmup_steps = 0;
    CHECK(train::learning_rate(options, 0, 10) == doctest::Approx(1.0));
}

TEST_CASE("AdamW follows the formula written out in double, with clipping and decay of matrices only") {
    model::Parameters parameters;
    const auto matrix = parameters.add("matrix", {1, 2}, true), bias = parameters.add("bias", {1}, false);
    parameters.freeze();
    train::OptimizerOptions options;
    options.learning_rate = 0.1, options.warmup_steps = 0, options.final_fraction = 1, options.clip_norm = 1,
    options.weight_decay = 0.5;
    train::AdamW optimizer(parameters, options);
    std::array<double, 3> x{1, -2, 3}, m{}, v{};
    parameters.value(matrix)[0] = 1, parameters.value(matrix)[1] = -2, parameters.value(bias)[0] = 3;
    for (int step = 0; step < 5; ++step) {
        const std::array<double, 3> g{0.3 * (step + 1), -0.4, 1.2};
        double norm = 0;
        for (const double part : g) norm += part * part;
        norm = std::sqrt(norm);
        for (std::size_t i = 0; i < 3; ++i) {
            const double clipped = g[i] / std::max(1.0, norm);
            m[i] = 0.9 * m[i] + 0.1 * clipped;
            v[i] = 0.98 * v[i] + 0.02 * clipped * clipped;
            const double mean = m[i] / (1 - std::pow(0.9, step + 1)), square = v[i] / (1 - std::pow(0.98, step + 1));
            x[i] = x[i] * (i < 2 ? 1 - 0.1 * 0.5 : 1) - 0.1 * mean / (std::sqrt(square) + 1e-8);
            parameters.gradients()[i] = static_cast<float>(g[i]);
        }
        CHECK(optimizer.update(parameters, step, 5) == doctest::Approx(norm));
        for (std::size_t i = 0; i < 3; ++i) CHECK(parameters.values()[i] == doctest::Approx(x[i]).epsilon(1e-5));
    }
}

TEST_CASE("a gradient that is not finite is an error naming the step and changes nothing") {
    model::Parameters parameters;
    parameters.add("matrix", {1, 2}, true);
    parameters.freeze();
    train::AdamW optimizer(parameters, {});
    parameters.values()[0] = 4;
    parameters.gradients()[1] = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH_AS(optimizer.update(parameters, 12, 20), doctest::Contains("step 12"), NumericError);
    CHECK(parameters.values()[0] == 4);
    CHECK(optimizer.first_moment[1] == 0);
}
