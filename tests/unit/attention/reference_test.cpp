// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "gridring/attention/reference.hpp"
#include "support/attention_problem.hpp"

using namespace gridring;
using attention::reference::Gradients;
using attention::reference::Problem;

namespace {

double loss(const Problem& problem, const std::vector<double>& weights) {
    const auto out = attention::reference::forward(problem).out;
    return std::inner_product(out.begin(), out.end(), weights.begin(), 0.0);
}

/// Largest difference between `gradients` and central differences of the loss, over every element of q, k and v.
double worst_gradient_error(Problem problem, const std::vector<double>& weights, const Gradients& gradients) {
    constexpr double step = 1e-5;
    double worst = 0;
    const auto compare = [&](std::vector<double>& values, const std::vector<double>& gradient) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double value = values[i];
            values[i] = value + step;
            const double above = loss(problem, weights);
            values[i] = value - step;
            const double below = loss(problem, weights);
            values[i] = value;
            const double error = std::abs((above - below) / (2 * step) - gradient[i]);
            worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
        }
    };
    compare(problem.q, gradients.dq), compare(problem.k, gradients.dk), compare(problem.v, gradients.dv);
    return worst;
}

constexpr double gate = 1e-8;  // step² times third derivatives of order 10, and 1e-16 / step of rounding

}  // namespace

TEST_CASE("two steps by hand") {
    Problem problem{{1, 1, 1, 1}, 2, {true}, {1, 1}, {0, std::log(3.0)}, {1, 5}, {}, {}};
    auto output = attention::reference::forward(problem);
    CHECK(output.out[0] == doctest::Approx(1));
    CHECK(output.out[1] == doctest::Approx((1.0 * 1 + 3.0 * 5) / 4));
    CHECK(output.lse[0] == doctest::Approx(0));
    CHECK(output.lse[1] == doctest::Approx(std::log(4.0)));

    problem.is_valid = {0, 1};
    output = attention::reference::forward(problem);
    CHECK(output.out[0] == 0);
    CHECK(output.lse[0] == -std::numeric_limits<double>::infinity());
    CHECK(output.out[1] == doctest::Approx(5));
}

TEST_CASE("windows, packed sequences and scales by hand") {
    // Every query is 1, so that key i weighs exp(k_i): 1, 3, 2.
    Problem problem{{1, 1, 1, 1}, 3, {true, 2}, {1, 1, 1}, {0, std::log(3.0), std::log(2.0)}, {1, 5, 9}, {}, {}};
    const auto check = [&](const std::vector<double>& out, const std::vector<double>& sums) {
        const auto output = attention::reference::forward(problem);
        for (std::size_t t = 0; t < 3; ++t) {
            CHECK(output.out[t] == doctest::Approx(out[t]));
            CHECK(output.lse[t] == doctest::Approx(std::log(sums[t])));
        }
    };
    check({1, (1 + 15) / 4.0, (15 + 18) / 5.0}, {1, 4, 5});
    problem.mask = {false, 2};
    check({(1 + 15) / 4.0, (1 + 15 + 18) / 6.0, (15 + 18) / 5.0}, {4, 6, 5});
    problem.mask = {true, 1};
    check({1, 5, 9}, {1, 3, 2});

    problem.mask = {true};
    problem.segments = {5, -1, 5};
    check({1, 5, (1 + 18) / 3.0}, {1, 3, 3});
    problem.mask = {false};
    check({(1 + 18) / 3.0, 5, (1 + 18) / 3.0}, {3, 3, 3});

    problem.segments = {};
    problem.scale = 2;  // squares the weights
    check({(1 + 45 + 36) / 14.0, (1 + 45 + 36) / 14.0, (1 + 45 + 36) / 14.0}, {14, 14, 14});
}

TEST_CASE("the oracle's gradients are those of central differences") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const bool is_causal : {false, true}) {
            for (const double hole_share : {0.0, 0.4}) {
                const auto problem = test::random_problem({2, 4, 2, 3}, 5, is_causal, seed, 1, hole_share);
                const auto weights = test::normal(static_cast<std::int64_t>(problem.q.size()), seed + 100);
                CHECK(worst_gradient_error(problem, weights, attention::reference::backward(problem, weights)) < gate);
            }
        }
    }
}

TEST_CASE("the oracle's gradients are those of central differences through windows, packed sequences and a scale") {
    for (const bool is_causal : {false, true}) {
        for (const bool is_mixed : {false, true}) {
            for (const std::int64_t window : {0, 2, 3}) {
                auto problem = test::random_problem({2, 4, 2, 3}, 6, is_causal, 6, 1, 0.2);
                problem.mask.window = window, problem.scale = 0.7;
                problem.segments = test::random_segments(2, 6, 7, 4, is_mixed);
                const auto weights = test::normal(static_cast<std::int64_t>(problem.q.size()), 8);
                CHECK(worst_gradient_error(problem, weights, attention::reference::backward(problem, weights)) < gate);
            }
        }
    }
}

TEST_CASE("the gradient checker rejects what is wrong") {
    const auto problem = test::random_problem({1, 2, 1, 3}, 6, true, 4);
    const auto weights = test::normal(static_cast<std::int64_t>(problem.q.size()), 5);
    const auto right = attention::reference::backward(problem, weights);
    REQUIRE(worst_gradient_error(problem, weights, right) < gate);

    const std::function<void(Gradients&)> mistakes[] = {
        [](Gradients& g) { g.dq[20] *= 1.0001; },
        [](Gradients& g) { g.dk.back() = 0; },
        [](Gradients& g) { std::swap(g.dv[0], g.dv[3]); },
        [](Gradients& g) { g.dk[2] = std::nan(""); },
        [](Gradients& g) {
            for (double& x : g.dq) x *= std::sqrt(3.0);
        },  // the scale forgotten
    };
    for (const auto& make_mistake : mistakes) {
        auto wrong = right;
        make_mistake(wrong);
        CHECK_FALSE(worst_gradient_error(problem, weights, wrong) < gate);
    }
}
