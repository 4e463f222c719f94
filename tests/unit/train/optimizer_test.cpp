// SPDX-License-Identifier: MIT
#include "gridring/train/optimizer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"

using namespace gridring;

namespace {
math::ThreadTeam team(2);
}  // namespace

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
    train::AdamW optimizer(parameters, {0, 3}, options);
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
        CHECK(optimizer.squares(parameters, team) == doctest::Approx(norm * norm));
        optimizer.update(parameters, norm, step, 5, team);
        for (std::size_t i = 0; i < 3; ++i) CHECK(parameters.values()[i] == doctest::Approx(x[i]).epsilon(1e-5));
    }
}

TEST_CASE("a gradient that is not finite is an error naming the step and changes nothing") {
    model::Parameters parameters;
    parameters.add("matrix", {1, 2}, true);
    parameters.freeze();
    train::AdamW optimizer(parameters, {0, 2}, {});
    parameters.values()[0] = 4;
    parameters.gradients()[1] = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH_AS(optimizer.update(parameters, std::sqrt(optimizer.squares(parameters, team)), 12, 20, team),
                         doctest::Contains("step 12"), NumericError);
    CHECK(parameters.values()[0] == 4);
    CHECK(optimizer.first_moment[1] == 0);
}

TEST_CASE("shares that cut views in two make the step of the whole, decay and average included") {
    model::Parameters whole, shared;
    for (auto* parameters : {&whole, &shared}) {
        parameters->add("matrix", {2, 2}, true);
        parameters->add("bias", {3}, false);
        parameters->freeze();
        for (std::size_t i = 0; i < 7; ++i) parameters->values()[i] = 1 + 0.1f * static_cast<float>(i);
    }
    train::OptimizerOptions options;
    options.average_decay = 0.9;
    train::AdamW one(whole, {0, 7}, options);
    std::array<train::AdamW, 3> three{train::AdamW(shared, {0, 3}, options), train::AdamW(shared, {3, 2}, options),
                                      train::AdamW(shared, {5, 2}, options)};
    for (int step = 0; step < 4; ++step) {
        for (auto* parameters : {&whole, &shared})
            for (std::size_t i = 0; i < 7; ++i)
                parameters->gradients()[i] = static_cast<float>(step + 1) - 0.5f * static_cast<float>(i);
        one.update(whole, 5.0, step, 4, team);
        for (auto& part : three) part.update(shared, 5.0, step, 4, team);
    }
    CHECK(std::ranges::equal(shared.values(), whole.values()));
    for (const auto& part : three)
        CHECK(std::ranges::equal(part.average, std::span(one.average).subspan(part.share().first, part.share().size)));
}

TEST_CASE("the average forgets as (1 + t) / (10 + t) at first, then as its decay") {
    model::Parameters parameters;
    parameters.add("matrix", {1, 1}, true);
    parameters.freeze();
    parameters.values()[0] = 8;
    train::OptimizerOptions options;
    options.average_decay = 0.15;
    train::AdamW optimizer(parameters, {0, 1}, options);
    double average = 8;
    const std::array decays{0.1, 0.15, 0.15};  // 1 / 10, then 2 / 11 = 0.18 is more than 0.15
    for (std::size_t step = 0; step < decays.size(); ++step) {
        parameters.gradients()[0] = 3;
        optimizer.update(parameters, 3.0, static_cast<std::int64_t>(step), 10, team);
        average = decays[step] * average + (1 - decays[step]) * static_cast<double>(parameters.values()[0]);
        CHECK(optimizer.average[0] == doctest::Approx(average).epsilon(1e-6));
    }
    options.average_decay = 0;
    CHECK(train::AdamW(parameters, {0, 1}, options).average.empty());
}
