// SPDX-License-Identifier: MIT
// The whole model over a ring of any size: gradients, agreement with one rank, causality, missing hours.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "model/attention_layer.hpp"
#include "support/gradient_check.hpp"
#include "support/mpi.hpp"

using namespace gridring;
using test::random_values;

namespace {

constexpr std::int64_t steps = 29, batch_size = 2, token_width = 5, target_width = 4, horizon = 3;

model::Options options() {
    model::Options o;
    o.layers = 2, o.width = 16, o.heads = 4, o.kv_heads = 2, o.feed_forward = 12, o.head_width = 8, o.horizon = horizon;
    o.quantiles = {0.1, 0.5, 0.9};
    return o;
}

/// Inputs of whole sequences; every rank makes the same and takes its rows.
struct Inputs {
    explicit Inputs(std::uint64_t seed)
        : token(random_values(batch_size * steps * token_width, seed)),
          target(random_values(batch_size * (steps + horizon) * target_width, seed + 1)),
          baseline(random_values(batch_size * steps * horizon, seed + 2)) {}

    /// Actuals lie far above or below every forecast, so that the loss has no kink within the steps of a difference.
    model::Batch rows(std::span<const std::int64_t> positions) const {
        model::Batch b;
        b.batch = batch_size, b.rows = static_cast<std::int64_t>(positions.size());
        b.leads.resize(horizon);
        std::iota(b.leads.begin(), b.leads.end(), 1);
        for (std::int64_t s = 0; s < batch_size; ++s)
            for (const std::int64_t t : positions) {
                const auto take = [](std::vector<float>& to, const std::vector<float>& from, std::int64_t row,
                                     std::int64_t cols) {
                    to.insert(to.end(), from.begin() + row * cols, from.begin() + (row + 1) * cols);
                };
                take(b.token, token, s * steps + t, token_width);
                take(b.baseline, baseline, s * steps + t, horizon);
                for (std::int64_t h = 1; h <= horizon; ++h) {
                    take(b.target, target, s * (steps + horizon) + t + h, target_width);
                    b.actual.push_back((t + h) % 2 == 0 ? 50.0f : -50.0f);
                    b.weight.push_back((t + h) % 5 == 0 ? 0.0f : 1.0f);
                }
                b.origins.push_back(std::ssize(b.origins));  // every row is one
                b.key_is_valid.push_back(t % 7 == 3 ? 0 : 1);
            }
        return b;
    }

    std::vector<float> token, target, baseline;
};

ring::Options with_threads(int threads) {
    ring::Options options;
    options.threads = threads;
    return options;
}

/// The model on one communicator.
struct Harness {
    explicit Harness(const comm::Communicator& world, std::uint64_t seed, ring::Scheme scheme = ring::Scheme::zigzag,
                     int threads = 1)
        : ranks(world),
          model(options(), {token_width, target_width}, 1),
          attention(world, ring::Partition(scheme, steps, world.size()), model.attention_shape(batch_size),
                    with_threads(threads)) {
        std::ranges::copy(random_values(model.parameters().values().size(), seed, 0.3),
                          model.parameters().values().begin());
    }
    double loss(const Inputs& inputs) {
        const auto batch = inputs.rows(attention.positions());
        model.forward(batch, attention);
        const auto part = model.loss(batch);
        std::vector<double> total{part.sum, part.weight};
        ranks.sum(std::span<double>(total));
        return total[0] / total[1];
    }
    /// Of loss(), summed over the ranks.
    std::vector<float> gradients(const Inputs& inputs) {
        const auto batch = inputs.rows(attention.positions());
        model.forward(batch, attention);
        std::vector<double> weight{model.loss(batch).weight};
        ranks.sum(std::span<double>(weight));
        std::ranges::fill(model.parameters().gradients(), 0.0f);
        model.backward(batch, attention, 1.0 / weight[0]);
        ranks.sum(model.parameters().gradients());
        return {model.parameters().gradients().begin(), model.parameters().gradients().end()};
    }
    /// Forecasts of whole sequences, [batch][steps][horizon · quantiles], on every rank.
    std::vector<float> forecast(const Inputs& inputs) {
        const auto batch = inputs.rows(attention.positions());
        const auto mine = model.forward(batch, attention);
        const std::int64_t columns = horizon * 3;
        std::vector<float> whole(static_cast<std::size_t>(batch_size * steps * columns), 0.0f);
        for (std::int64_t s = 0; s < batch_size; ++s)
            for (std::int64_t l = 0; l < attention.rows(); ++l) {
                const std::int64_t t = attention.positions()[static_cast<std::size_t>(l)];
                std::copy_n(mine.data() + (s * attention.rows() + l) * columns, columns,
                            &whole[static_cast<std::size_t>((s * steps + t) * columns)]);
            }
        ranks.sum(std::span<float>(whole));
        return whole;
    }

    const comm::Communicator& ranks;
    model::EnergyTransformer model;
    ring::RingAttention attention;
};

}  // namespace

TEST_CASE("the gradient of every parameter matches central differences") {
    for (const std::uint64_t seed : {1u, 2u}) {
        Harness harness(test::world(), seed);
        const Inputs inputs(seed + 10);
        const auto gradients = harness.gradients(inputs);
        auto& parameters = harness.model.parameters();
        for (std::size_t v = 0; v < parameters.views().size(); ++v) {
            const auto& view = parameters.views()[v];
            const std::span<const float> gradient(gradients.data() + view.offset, static_cast<std::size_t>(view.size));
            const double error = test::gradient_error(
                parameters.value(v), gradient, [&] { return harness.loss(inputs); }, seed, 4e-3, 1);
            INFO(view.name, ", seed ", seed);
            CHECK(
                error <
                1e-2);  // the loss is near 25, so fp32 rounding of the forward pass weighs more than in a layer's test
        }
    }
}

TEST_CASE("loss, forecasts and gradients agree with those of one rank, for every partition and by threads") {
    const Inputs inputs(3);
    const auto alone = test::world().split(test::world().rank(), 0);
    Harness single(alone, 4);
    const double loss = single.loss(inputs);
    const auto forecast = single.forecast(inputs);
    const auto gradients = single.gradients(inputs);
    double largest = 0;
    for (const float g : gradients) largest = std::max(largest, std::abs(static_cast<double>(g)));
    struct Way {
        ring::Scheme scheme;
        int threads;
    };
    for (const auto [scheme, threads] :
         {Way{ring::Scheme::zigzag, 1}, {ring::Scheme::contiguous, 2}, {ring::Scheme::striped, 3}}) {
        Harness shared(test::world(), 4, scheme, threads);
        INFO(ring::to_string(scheme), " threads ", threads);
        CHECK(shared.loss(inputs) == doctest::Approx(loss).epsilon(1e-6));
        const auto other_forecast = shared.forecast(inputs);
        const auto other_gradients = shared.gradients(inputs);
        CHECK(shared.gradients(inputs) == other_gradients);
        double worst_forecast = 0, worst_gradient = 0;
        for (std::size_t i = 0; i < forecast.size(); ++i)
            worst_forecast = std::max(
                worst_forecast, std::abs(static_cast<double>(forecast[i]) - static_cast<double>(other_forecast[i])));
        for (std::size_t i = 0; i < gradients.size(); ++i)
            worst_gradient = std::max(
                worst_gradient, std::abs(static_cast<double>(gradients[i]) - static_cast<double>(other_gradients[i])));
        CHECK(worst_forecast < 2e-5);
        CHECK(worst_gradient < 1e-5 * largest);
    }
}

TEST_CASE("a future hour changes no earlier forecast, bit for bit") {
    Harness harness(test::world(), 5);
    const Inputs inputs(6);
    const auto before = harness.forecast(inputs);
    constexpr std::int64_t changed = 18, columns = horizon * 3;  // a key: 18 % 7 != 3
    auto altered = inputs;
    for (std::int64_t s = 0; s < batch_size; ++s)
        for (std::int64_t i = 0; i < token_width; ++i)
            altered.token[static_cast<std::size_t>((s * steps + changed) * token_width + i)] += 3;
    const auto after = harness.forecast(altered);
    for (std::int64_t s = 0; s < batch_size; ++s) {
        const auto first = before.begin() + s * steps * columns, second = after.begin() + s * steps * columns;
        CHECK(std::equal(first, first + changed * columns, second));
        for (std::int64_t t = changed; t < steps; ++t)
            CHECK_FALSE(std::equal(first + t * columns, first + (t + 1) * columns, second + t * columns));
    }
}

TEST_CASE("a missing hour is no key: what it holds reaches no other hour") {
    Harness harness(test::world(), 7);
    const Inputs inputs(8);
    const auto before = harness.forecast(inputs);
    constexpr std::int64_t missing = 10, columns = horizon * 3;  // 10 % 7 == 3
    auto altered = inputs;
    for (std::int64_t i = 0; i < token_width; ++i)
        altered.token[static_cast<std::size_t>(missing * token_width + i)] -= 2;
    const auto after = harness.forecast(altered);
    for (std::int64_t t = 0; t < steps; ++t)
        CHECK(std::equal(before.begin() + t * columns, before.begin() + (t + 1) * columns,
                         after.begin() + t * columns) == (t != missing));
}

TEST_CASE("initialisation depends on the seed alone, and wrong options are refused by name") {
    const model::EnergyTransformer one(options(), {token_width, target_width}, 9),
        same(options(), {token_width, target_width}, 9), other(options(), {token_width, target_width}, 10);
    CHECK(std::ranges::equal(one.parameters().values(), same.parameters().values()));
    CHECK_FALSE(std::ranges::equal(one.parameters().values(), other.parameters().values()));
    auto odd = options();
    odd.heads = 3;
    CHECK_THROWS_WITH_AS(model::EnergyTransformer(odd, {1, 1}, 1), doctest::Contains("width"), ConfigError);
    auto crossed = options();
    crossed.quantiles = {0.5, 0.1};
    CHECK_THROWS_WITH_AS(model::EnergyTransformer(crossed, {1, 1}, 1), doctest::Contains("quantiles"), ConfigError);
}

TEST_CASE("attention's shares are the weights that values were mixed with") {
    const auto alone = test::world().split(test::world().rank(), 0);
    const attention::Shape shape{1, 2, 1, 16};
    constexpr std::int64_t rows = 16, width = 32;
    model::Parameters parameters;
    model::AttentionLayer layer(parameters, "layer", shape);
    parameters.freeze();
    layer.initialise(parameters, 5, 1.0);
    const auto weights = [&](const char* name) -> std::span<float> {
        const auto& views = parameters.views();
        const auto view =
            std::ranges::find(views, std::string("layer.") + name + ".weight", &model::ParameterView::name);
        return parameters.value(static_cast<std::size_t>(view - views.begin()));
    };
    // row i is the i-th unit vector, its value too, and the output is y = x + [values mixed by head 1 | by head 2]
    std::vector<float> x(rows * width), y(x.size());
    for (std::size_t i = 0; i < rows; ++i) x[i * width + i] = 1;
    std::ranges::fill(weights("value"), 0.0f);
    for (std::size_t i = 0; i < rows; ++i) weights("value")[i * 16 + i] = 1 / std::sqrt(static_cast<float>(width));
    std::ranges::fill(weights("out"), 0.0f);
    for (std::size_t i = 0; i < width; ++i) weights("out")[i * width + i] = 1;

    std::vector<std::uint8_t> validity(rows, 1);
    validity[3] = 0;
    ring::RingAttention ring(alone, ring::Partition(ring::Scheme::contiguous, rows, 1), shape, {});
    model::Rotary rotary(16, 10000);
    rotary.prepare(ring.positions());
    model::AttentionScratch scratch;
    layer.forward(parameters, math::matrix(std::as_const(x).data(), rows, width), validity, rotary, ring, scratch,
                  math::matrix(y.data(), rows, width));
    std::vector<double> shares(2 * rows);
    layer.add_shares(std::vector<std::int64_t>{13}, validity, shares);
    double least = 1, most = 0;
    for (std::size_t head = 0; head < 2; ++head)
        for (std::size_t before = 0; before < rows; ++before) {
            const double mixed = before <= 13 ? static_cast<double>(y[13 * width + head * 16 + 13 - before] -
                                                                    (head == 0 && before == 0 ? 1.0f : 0.0f))
                                              : 0.0;
            CHECK(shares[head * rows + before] == doctest::Approx(mixed).epsilon(1e-4));
            if (before <= 13 && before != 10) least = std::min(least, mixed), most = std::max(most, mixed);
        }
    CHECK(shares[10] == 0);     // hour 3 is no key
    CHECK(most > 1.5 * least);  // and the others are not all alike
}
