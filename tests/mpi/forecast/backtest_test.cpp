// SPDX-License-Identifier: MIT
#include "gridring/forecast/backtest.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "gridring/train/features.hpp"
#include "support/mpi.hpp"
#include "support/small_grid.hpp"

using namespace gridring;

namespace {

constexpr std::int64_t hours = 700, context = 97;  // nothing divides

model::Options small_model() {
    model::Options options;
    options.layers = 1, options.width = 8, options.heads = 2, options.kv_heads = 1, options.feed_forward = 16,
    options.head_width = 8;
    return options;
}

struct Setup {
    series::Dataset data;
    model::EnergyTransformer model;

    explicit Setup(const store::Series& series)
        : data(series::prepare(series, 24)), model(small_model(), train::input_widths(data), 3) {
        Random random(5);  // away from the initial state, so that attention matters
        for (float& value : model.parameters().values()) value += static_cast<float>(0.2 * random.normal());
    }
    store::Results backtest(const comm::Communicator& world, const std::vector<std::vector<std::int64_t>>& origins,
                            std::int64_t least_context = 0) {
        forecast::Options options;
        options.context_hours = context, options.batch = 3, options.least_context = least_context;
        return forecast::backtest(world, model, data, origins, options);
    }
};

const std::vector<std::vector<std::int64_t>> origins{{3, 50, 399, 423, 620, 699}, {0, 410, 434, 699}};

}  // namespace

TEST_CASE("a backtest gives every origin its forecast, the same on any number of ranks") {
    const auto& world = test::world();
    Setup setup(test::small_grid(hours));
    const auto alone = world.split(world.rank(), 0);
    const auto expected = setup.backtest(alone, origins), actual = setup.backtest(world, origins);
    if (!world.is_root()) return;
    REQUIRE(actual.forecast.size() == 2 * 6 * 24 * 3);
    double worst = 0;
    for (std::size_t i = 0; i < actual.forecast.size(); ++i) {
        const bool is_padding = i >= (6 + 4) * 24 * 3;  // the second region has four origins
        CHECK(std::isnan(actual.forecast[i]) == is_padding);
        if (!is_padding)
            worst = std::max(worst, std::abs(static_cast<double>(actual.forecast[i] / expected.forecast[i]) - 1));
    }
    CHECK(worst < 1e-4);
    CHECK(actual.origins[1][1] == *parse_hour("2023-01-01T00") + std::chrono::hours{410});
    CHECK(static_cast<double>(actual.actual[(6 + 1) * 24]) == doctest::Approx(setup.data.mw(1, 411)));
    CHECK(std::isnan(actual.actual[5 * 24]));  // the future of the last origin
}

TEST_CASE("nothing after an origin reaches its forecast, bit for bit") {
    const auto& world = test::world();
    auto series = test::small_grid(hours);
    Setup before(series);
    const std::vector<std::vector<std::int64_t>> one{{410, 500}, {410, 500}};
    const auto clean = before.backtest(world, one);
    for (std::int64_t region = 0; region < 2; ++region)
        for (std::int64_t t = 411; t < hours; ++t)
            series.variables[0].values[static_cast<std::size_t>(region * hours + t)] *= 3;
    Setup after(series);
    const auto planted = after.backtest(world, one);
    if (!world.is_root()) return;
    const std::size_t cell = 24 * 3;
    for (const std::size_t first : {std::size_t{0}, 2 * cell})  // the origin at hour 410 of each region
        CHECK(std::memcmp(&clean.forecast[first], &planted.forecast[first], cell * sizeof(float)) == 0);
    CHECK(clean.forecast[cell] != planted.forecast[cell]);  // while the one at 500 has seen the change
}

TEST_CASE("one growing cache forecasts as windows that begin with the data, on any number of ranks") {
    const auto& world = test::world();
    const auto series = test::small_grid(hours);
    const auto data = series::prepare(series, 24);
    auto sizes = small_model();
    sizes.layers = 2, sizes.head_ends = {5};
    model::EnergyTransformer model(sizes, train::input_widths(data), 3);
    Random random(5);
    for (float& value : model.parameters().values()) value += static_cast<float>(0.2 * random.normal());
    model.set_baseline({30, 24, {}, std::vector<float>(24 * 30, 0.02f)});
    for (const std::vector<std::vector<std::int64_t>>& where :
         {origins, std::vector<std::vector<std::int64_t>>{{300, 324, 699}, {300, 324, 699}}}) {  // apart, and together
        forecast::Options options;
        options.context_hours = hours;
        const auto expected = forecast::backtest(world, model, data, where, options);
        options.is_rolling = true;
        const auto actual = forecast::backtest(world, model, data, where, options);
        if (!world.is_root()) continue;
        REQUIRE(actual.forecast.size() == expected.forecast.size());
        double worst = 0;
        for (std::size_t i = 0; i < actual.forecast.size(); ++i) {
            REQUIRE(std::isnan(actual.forecast[i]) == std::isnan(expected.forecast[i]));
            if (!std::isnan(actual.forecast[i]))
                worst = std::max(worst, std::abs(static_cast<double>(actual.forecast[i] / expected.forecast[i]) - 1));
        }
        CHECK(worst < 1e-4);
    }
}

TEST_CASE("an origin sees the context that it is promised, whatever other origins there are") {
    const auto& world = test::world();
    Setup setup(test::small_grid(hours));
    const std::size_t cell = 24 * 3;
    const auto first_of = [&](const std::vector<std::int64_t>& list, std::int64_t least) {
        return setup.backtest(world, {list, {}}, least);
    };
    const auto full = first_of({400}, 0), shared = first_of({400, 430}, 0), apart = first_of({400, 430}, context),
               near = first_of({400, 430}, context - 30);
    if (!world.is_root()) return;
    const auto same = [&](const store::Results& one) {
        double worst = 0;  // of the origin at hour 400; another window is another order of sums
        for (std::size_t i = 0; i < cell; ++i)
            worst = std::max(worst, std::abs(static_cast<double>(one.forecast[i] / full.forecast[i]) - 1));
        return worst < 1e-5;
    };
    CHECK(same(apart));         // a window of its own: all of the context
    CHECK_FALSE(same(shared));  // one that ends at 430: 30 hours less
    CHECK_FALSE(same(near));
}
