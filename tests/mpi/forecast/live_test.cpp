// SPDX-License-Identifier: MIT
#include "gridring/forecast/live.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "gridring/train/features.hpp"
#include "support/mpi.hpp"
#include "support/small_grid.hpp"

using namespace gridring;

namespace {

constexpr std::int64_t all_hours = 700, context = 150;

/// The first `hours` of a grid of `all_hours`, as they are known by then.
series::Dataset known(store::Series series, std::int64_t hours) {
    store::Series cut = series;
    cut.hours = hours;
    const auto rows = static_cast<std::int64_t>(series.regions.size());
    for (auto& variable : cut.variables) {
        const auto keep = [&](auto& values) {
            if (values.empty()) return;
            for (std::int64_t r = 1; r < rows; ++r)
                std::copy_n(values.begin() + r * series.hours, hours, values.begin() + r * hours);
            values.resize(static_cast<std::size_t>(rows * hours));
        };
        keep(variable.values), keep(variable.flags), keep(variable.cleaned);
    }
    return series::prepare(cut, 24);
}

double worst_difference(const store::Results& one, const store::Results& other) {
    REQUIRE(one.forecast.size() == other.forecast.size());
    CHECK(one.origins == other.origins);
    double worst = 0;
    for (std::size_t i = 0; i < one.forecast.size(); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(one.forecast[i] / other.forecast[i]) - 1));
    return worst;
}

}  // namespace

TEST_CASE("a forecast that grew hour by hour, over revisions, is that of a cold start") {
    const auto& world = test::world();
    store::Series series = test::small_grid(all_hours);
    const auto sample = known(series, 400);
    model::Options sizes;
    sizes.layers = 2, sizes.width = 8, sizes.heads = 2, sizes.kv_heads = 1, sizes.feed_forward = 16,
    sizes.head_width = 8;
    model::EnergyTransformer model(sizes, train::input_widths(sample), 3);
    Random random(5);  // away from the initial state, so that attention matters
    for (float& value : model.parameters().values()) value += static_cast<float>(0.2 * random.normal());
    forecast::Options options;
    options.context_hours = context, options.batch = 1;  // two groups of caches
    forecast::Live live(world, model, options);

    struct Step {
        std::int64_t hours, revised;  ///< how many there are, and which one changes (-1 = none)
        std::int64_t taken_up;        ///< at most, besides a new week
    };
    for (const Step step : {Step{400, -1, 400},
                            {401, -1, 1},
                            {403, -1, 2},
                            {403, -1, 1},
                            {404, 390, 14},
                            {405, 403, 2},
                            {600, -1, 400},
                            {601, 100, 400},
                            {602, -1, 1},
                            {598, -1, 1}}) {
        if (step.revised >= 0)
            for (std::int64_t region = 0; region < 2; ++region)
                series.variables[0].values[static_cast<std::size_t>(region * all_hours + step.revised)] *= 1.01;
        const auto data = known(series, step.hours);
        const auto warm = live.forecast(data);
        const auto cold = forecast::Live(world, model, options).forecast(data);
        CHECK(live.work().taken_up >= 1);
        CHECK(live.work().taken_up <= step.taken_up);
        CHECK((live.work().revised_hours > 0) == (step.revised >= 0 && step.revised < step.hours));
        if (world.is_root()) CHECK(worst_difference(warm, cold) < 1e-4);
    }
}

TEST_CASE("the context begins with an hour of the week, whenever the program began") {
    const auto data = known(test::small_grid(all_hours), 700);
    std::int64_t before = 0;
    for (std::int64_t last = 200; last < 700; ++last) {
        const std::int64_t start = forecast::live_start(data, last, context);
        CHECK((start == 0 || last - start + 1 >= context));
        CHECK(last - start + 1 < context + 168);
        CHECK((start == before || start == before + 168 || before == 0));
        before = start;
    }
}
