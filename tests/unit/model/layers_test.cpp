// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "model/exponential.hpp"
#include "model/feed_forward.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"
#include "model/rotary.hpp"
#include "support/gradient_check.hpp"

using namespace gridring;
using test::gradient_error, test::random_values, test::weighted_sum;

namespace {

// fp32 forward passes summed in double, central differences of step 4e-3: what rounding and curvature leave.
constexpr double tolerance = 3e-3;
constexpr std::int64_t rows = 7, width = 12, hidden = 10;

math::ConstMatrixView view(const std::vector<float>& values, std::int64_t cols) {
    return math::matrix(values.data(), static_cast<std::int64_t>(values.size()) / cols, cols);
}
math::MatrixView view(std::vector<float>& values, std::int64_t cols) {
    return math::matrix(values.data(), static_cast<std::int64_t>(values.size()) / cols, cols);
}

/// Random values everywhere, so that no gain is 1 and no bias 0 by chance of the initialisation.
void randomise(model::Parameters& parameters, std::uint64_t seed) {
    std::ranges::copy(random_values(parameters.values().size(), seed, 0.5), parameters.values().begin());
}

void check_parameters(model::Parameters& parameters, const auto& loss, std::uint64_t seed) {
    for (std::size_t v = 0; v < parameters.views().size(); ++v) {
        INFO(parameters.views()[v].name, ", seed ", seed);
        CHECK(gradient_error(parameters.value(v), parameters.gradient(v), loss, seed) < tolerance);
    }
}

}  // namespace

TEST_CASE("exponential follows std::exp within 3e-7 and saturates") {
    for (int i = -59990; i <= 59990; i += 7) {
        const float x = static_cast<float>(i) * 1e-3f;
        const double exact = std::exp(static_cast<double>(x));
        CHECK(std::abs(static_cast<double>(model::exponential(x)) - exact) <= 3e-7 * exact);
    }
    CHECK(model::exponential(-1e30f) == model::exponential(-60.0f));
    CHECK(model::exponential(1e30f) == model::exponential(60.0f));
    CHECK(std::isnan(model::exponential(std::nanf(""))));
    CHECK(model::sigmoid(-200.0f) < 1e-25f);
    CHECK(model::sigmoid(200.0f) == 1.0f);
    CHECK(model::silu(0.0f) == 0.0f);
}

TEST_CASE("parameters are named views into one flat buffer") {
    model::Parameters parameters;
    const auto a = parameters.add("a", {2, 3}, true), b = parameters.add("b", {4}, false);
    parameters.freeze();
    CHECK(parameters.size() == 10);
    parameters.matrix(a);
    parameters.divide_gradients(1).front().matrix(a).row(1)[2] = 5;
    parameters.value(b)[0] = 7;
    CHECK(parameters.gradients()[5] == 5);
    CHECK(parameters.values()[6] == 7);
    CHECK_FALSE(parameters.views()[b].is_decayed);
    CHECK_THROWS(parameters.matrix(b));
    CHECK_THROWS(parameters.add("late", {1}, true));
}

TEST_CASE("linear: y = x W + b, and its gradients") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        model::Parameters parameters;
        const model::Linear linear(parameters, "linear", width, hidden, true);
        parameters.freeze();
        randomise(parameters, seed);
        auto x = random_values(rows * width, seed + 10), y = std::vector<float>(rows * hidden), dx = x;
        const auto weights = random_values(y.size(), seed + 20);
        const auto loss = [&] {
            linear.forward(parameters, view(x, width), view(y, hidden));
            return weighted_sum(y, weights);
        };
        loss();
        double by_hand = parameters.value(linear.bias)[4];
        for (std::int64_t i = 0; i < width; ++i)
            by_hand += static_cast<double>(x[static_cast<std::size_t>(2 * width + i)]) *
                       static_cast<double>(parameters.matrix(linear.weight).row(i)[4]);
        CHECK(y[2 * hidden + 4] == doctest::Approx(by_hand).epsilon(1e-5));

        linear.backward_weight(parameters.divide_gradients(1).front(), view(x, width), view(weights, hidden));
        linear.backward_input(parameters, view(weights, hidden), view(dx, width));
        check_parameters(parameters, loss, seed);
        CHECK(gradient_error(x, dx, loss, seed) < tolerance);
    }
}

TEST_CASE("rms_norm: rows of unit mean square, and its gradients") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        model::Parameters parameters;
        const model::RmsNorm norm(parameters, "norm", width);
        parameters.freeze();
        norm.initialise(parameters);
        auto x = random_values(rows * width, seed, 3.0), y = x;
        const auto weights = random_values(y.size(), seed + 20);
        const auto loss = [&] {
            norm.forward(parameters, view(x, width), view(y, width));
            return weighted_sum(y, weights);
        };
        loss();
        double square = 0;
        for (std::size_t c = 0; c < width; ++c) square += static_cast<double>(y[c]) * static_cast<double>(y[c]) / width;
        CHECK(square == doctest::Approx(1).epsilon(1e-5));

        randomise(parameters, seed);
        const auto already = random_values(x.size(), seed + 30);
        auto dx = already;  // backward adds
        norm.backward(parameters, parameters.divide_gradients(1).front(), view(x, width), view(weights, width),
                      view(dx, width));
        for (std::size_t i = 0; i < dx.size(); ++i) dx[i] -= already[i];
        check_parameters(parameters, loss, seed);
        CHECK(gradient_error(x, dx, loss, seed) < tolerance);
    }
}

TEST_CASE("feed_forward: gradients, on more rows than one chunk, kept or recomputed, by one to three threads") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        model::Parameters parameters;
        model::FeedForward layer(parameters, "feed_forward", width, hidden);
        model::FeedForwardScratch scratch;
        math::ThreadTeam team(static_cast<int>(seed));
        parameters.freeze();
        randomise(parameters, seed);
        constexpr std::size_t many = 261 * width;
        auto x = random_values(many, seed + 10), y = x;
        const auto weights = random_values(many, seed + 20);
        bool is_kept = true;
        const auto loss = [&] {
            layer.forward(parameters, view(x, width), team, scratch, is_kept, view(y, width));
            return weighted_sum(y, weights);
        };
        const auto gradients = [&](std::vector<float>& dx) {
            std::ranges::fill(parameters.gradients(), 0.0f);
            layer.backward(parameters, parameters.divide_gradients(team.size()), view(x, width), team, scratch,
                           view(dx, width));
            parameters.collect_gradients(team);
            return std::vector<float>(parameters.gradients().begin(), parameters.gradients().end());
        };
        const auto keeping = (loss(), y);
        auto dx = weights, again = weights, recomputed = weights;
        const auto dparameters = gradients(dx);
        CHECK(gradients(again) == dparameters);  // what was kept is used up: computed once more
        CHECK(again == dx);
        is_kept = false;
        loss();
        CHECK(y == keeping);
        CHECK(gradients(recomputed) == dparameters);
        CHECK(recomputed == dx);
        check_parameters(parameters, loss, seed);
        CHECK(gradient_error(x, dx, loss, seed) < tolerance);
    }
}

TEST_CASE("rotary: scores depend on distance alone, and turning back undoes it") {
    constexpr std::int64_t head_dim = 8;
    model::Rotary rotary(head_dim, 10000.0);
    const std::vector<std::int64_t> positions{0, 5, 100, 105, 30000, 30005};
    rotary.prepare(positions);
    const auto q = random_values(head_dim, 1), k = random_values(head_dim, 2);
    std::vector<float> turned_q, turned_k;
    for (std::size_t i = 0; i < positions.size(); ++i) {
        turned_q.insert(turned_q.end(), q.begin(), q.end());
        turned_k.insert(turned_k.end(), k.begin(), k.end());
    }
    const auto before = turned_q;
    const auto heads = [&](std::vector<float>& x) { return attention::Heads(x.data(), 1, 6, 1, head_dim); };
    rotary.rotate(heads(turned_q), 0, 6);
    rotary.rotate(heads(turned_k), 0, 2);
    rotary.rotate(heads(turned_k), 2, 4);
    const auto score = [&](std::size_t i, std::size_t j) {
        return weighted_sum(std::span(turned_q).subspan(i * head_dim, head_dim),
                            std::span(turned_k).subspan(j * head_dim, head_dim));
    };
    CHECK(score(1, 0) == doctest::Approx(score(3, 2)).epsilon(1e-4));
    CHECK(score(1, 0) == doctest::Approx(score(5, 4)).epsilon(1e-4));
    CHECK(score(1, 0) != doctest::Approx(score(2, 0)).epsilon(1e-2));
    rotary.rotate_back(heads(turned_q), 0, 6);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(turned_q[i] == doctest::Approx(before[i]).epsilon(1e-5));
}
