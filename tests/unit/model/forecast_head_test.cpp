// SPDX-License-Identifier: MIT
#include "model/lead_heads.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "model/pinball.hpp"
#include "support/gradient_check.hpp"

using namespace gridring;
using test::gradient_error, test::random_values, test::weighted_sum;

namespace {

constexpr std::int64_t width = 8, target_width = 5, rows = 10, leads = 60;  // 5 origins: more than a chunk of rows

model::Options options(std::vector<double> quantiles, std::vector<std::int64_t> ends, double dropout) {
    model::Options o;
    o.width = width, o.heads = 2, o.kv_heads = 2, o.head_width = 6, o.head_layers = 3;
    o.quantiles = std::move(quantiles);
    o.head_ends = std::move(ends);
    o.horizon = leads;
    o.dropout = dropout;
    return o;
}

model::Batch batch(std::uint64_t seed) {
    model::Batch b;
    b.batch = 2, b.rows = rows / 2;
    b.origins = {0, 3, 4, 7, 9}, b.leads.resize(leads);
    std::iota(b.leads.begin(), b.leads.end(), 1);
    for (std::uint64_t row = 0; row < rows; ++row) b.row_keys.push_back(seed + row);
    b.target = random_values(5 * leads * target_width, seed);
    b.baseline = random_values(5 * leads, seed + 1);
    return b;
}

struct Head {
    explicit Head(const std::vector<double>& levels, std::vector<std::int64_t> ends = {}, double dropout = 0,
                  int threads = 1)
        : head(parameters, options(levels, std::move(ends), dropout), target_width), team(threads) {
        parameters.freeze();
        head.initialise(parameters, 1);
    }
    std::span<const float> forward(const std::vector<float>& x, const model::Batch& b) {
        head.forward(parameters, math::matrix(x.data(), rows, width), b, team, quantiles);
        return quantiles;
    }
    model::Parameters parameters;
    model::LeadHeads head;
    math::ThreadTeam team;
    std::vector<float> quantiles;
};

}  // namespace

TEST_CASE("an untrained head says the baseline with a band of 0.3 deviations") {
    Head head({0.05, 0.5, 0.95});
    const auto b = batch(3);
    const auto forecast = head.forward(random_values(rows * width, 4), b);
    for (std::size_t i = 0; i < b.baseline.size(); ++i) {
        CHECK(forecast[3 * i + 1] == b.baseline[i]);
        CHECK(forecast[3 * i] == doctest::Approx(b.baseline[i] - 0.3f).epsilon(1e-4));
        CHECK(forecast[3 * i + 2] == doctest::Approx(b.baseline[i] + 0.3f).epsilon(1e-4));
    }
}

TEST_CASE("quantiles never cross, whatever the parameters") {
    for (const double deviation : {0.1, 3.0, 100.0}) {
        Head head({0.1, 0.3, 0.5, 0.9});
        std::ranges::copy(random_values(head.parameters.values().size(), 5, deviation),
                          head.parameters.values().begin());
        const auto forecast = head.forward(random_values(rows * width, 6, deviation), batch(7));
        for (std::size_t i = 0; i < forecast.size(); i += 4) CHECK(std::ranges::is_sorted(forecast.subspan(i, 4)));
    }
}

TEST_CASE("dropout: a share of zeros, the mean stays, and the mask follows from the key alone") {
    const model::Dropout dropout(0.25);
    std::vector<float> ones(1001, 1.0f), again(1001, 1.0f), other(1001, 1.0f);
    dropout.apply(7, ones.data(), std::ssize(ones));
    dropout.apply(7, again.data(), std::ssize(again));
    dropout.apply(8, other.data(), std::ssize(other));
    CHECK(ones == again);
    CHECK(ones != other);
    CHECK(static_cast<double>(std::ranges::count(ones, 0.0f)) / 1001 == doctest::Approx(0.25).epsilon(0.2));
    CHECK(std::ranges::max(ones) == doctest::Approx(1 / 0.75f));
}

TEST_CASE("forecast head: gradients of every parameter and of the state, by one to three threads") {
    const std::vector<std::vector<std::int64_t>> ends{{}, {7}, {24, 33}};
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        Head head({0.1, 0.5, 0.7, 0.9}, ends[seed - 1], 0.25, static_cast<int>(seed));
        std::ranges::copy(random_values(head.parameters.values().size(), seed, 0.5), head.parameters.values().begin());
        const auto b = batch(seed + 10);
        auto x = random_values(rows * width, seed + 20), dx = x;
        const auto weights = random_values(5 * leads * 4, seed + 30);
        const auto loss = [&] { return weighted_sum(head.forward(x, b), weights); };
        loss();
        auto dquantiles = weights;
        head.head.backward(head.parameters, head.parameters.divide_gradients(head.team.size()),
                           math::matrix(x.data(), rows, width), b, head.team, dquantiles,
                           math::matrix(dx.data(), rows, width));
        head.parameters.collect_gradients(head.team);
        for (std::size_t v = 0; v < head.parameters.views().size(); ++v) {
            INFO(head.parameters.views()[v].name, ", seed ", seed);
            CHECK(gradient_error(head.parameters.value(v), head.parameters.gradient(v), loss, seed) < 3e-3);
        }
        CHECK(gradient_error(x, dx, loss, seed) < 3e-3);
    }
}

TEST_CASE("pinball loss by hand, its gradient, and NaN is not lost") {
    const std::vector<double> quantiles{0.1, 0.5};
    const std::vector<float> forecasts{1, 3, 1, 3}, actual{2, 9}, weight{1, 0};
    const auto loss = model::pinball(quantiles, forecasts, actual, weight);
    CHECK(loss.sum == doctest::Approx((0.1 * 1 + 0.5 * 1) / 2));
    CHECK(loss.weight == 1);
    std::vector<float> gradient(4);
    model::pinball_gradient(quantiles, forecasts, actual, weight, 10.0, gradient);
    CHECK(gradient[0] == doctest::Approx(-0.1 * 10 / 2));
    CHECK(gradient[1] == doctest::Approx(0.5 * 10 / 2));
    CHECK(gradient[2] == 0);
    CHECK(gradient[3] == 0);
    const std::vector<float> broken{std::nanf(""), 3, 1, 3};
    CHECK(std::isnan(model::pinball(quantiles, broken, actual, weight).sum));
}
