// SPDX-License-Identifier: MIT
// A network that corrects a ridge: the ridge is of the training hours alone, the same on every rank, and part of what
// a checkpoint keeps.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "mpi/train/training.hpp"
#include "train/baseline_fit.hpp"

using namespace gridring;
using namespace gridring::test;

namespace {

train::Options ridge_options() {
    auto options = train_options();
    options.baseline.kind = train::BaselineOptions::Kind::ridge;
    options.baseline.hours = 48;
    return options;
}

/// Waves of a day and of 31 hours without noise: linear in any 48 hours.
series::Dataset waves(std::int64_t hours) {
    auto data = toy_dataset(hours);
    for (std::int64_t r = 0; r < 2; ++r)
        for (std::int64_t t = 0; t < hours; ++t) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(t);
            const auto mw = 100.0 * static_cast<double>(r + 1) * (std::sin(angle / 24) + std::cos(angle / 31)) - 20;
            const auto i = static_cast<std::size_t>(r * hours + t);
            data.actual_mw[i] = mw, data.filled_mw[i] = static_cast<float>(mw), data.is_valid[i] = 1;
        }
    return data;
}

}  // namespace

TEST_CASE("the ridge knows a linear world, also of a region it has never seen, and nothing behind the training hours") {
    auto options = ridge_options();
    options.features.units = series::Units::deviation;
    options.baseline.penalty = 1e-6;
    auto data = waves(1200);
    const auto baseline = train::fit_baseline(world(), data, toy_split, 24, options);
    CHECK(baseline.regions == data.regions);
    for (const char* name : {"1A", "unseen"}) {
        data.regions[0] = name;
        const train::Features features(data, options.features, &baseline);
        double worst = 0;
        for (std::int64_t origin = 920; origin < 1100; origin += 7) {
            std::array<float, 3> forecast{};
            const std::array<std::int64_t, 3> leads{1, 7, 24};
            features.fill_baseline(0, origin, leads, forecast);
            for (std::size_t i = 0; i < leads.size(); ++i)
                worst =
                    std::max(worst, std::abs(features.unscale(0, origin, forecast[i]) - data.mw(0, origin + leads[i])));
        }
        CHECK(worst < 2);  // of a swing of 400
    }

    auto other = waves(1200);
    for (std::size_t t = 900; t < 1200; ++t) other.filled_mw[t] = 7, other.filled_mw[1200 + t] = -7;
    CHECK(train::fit_baseline(world(), other, toy_split, 24, options).weights == baseline.weights);
    CHECK_THROWS_WITH_AS(train::fit_baseline(world(), data, {70, 80}, 24, options),
                         doctest::Contains("train.baseline.hours"), Error);
}

TEST_CASE("corrections of a ridge are the same for any number of ranks and go on where they stopped") {
    const auto alone = world().split(world().rank(), 0);
    const auto path = checkpoint_in("ridge");
    const auto options = ridge_options();
    const auto reference = train_on(alone, checkpoint_in("alone" + std::to_string(world().rank())), false, options);
    const auto whole = train_on(world(), path, false, options);
    CHECK(worst_relative(whole.report.training_loss, reference.report.training_loss) < 1e-4);

    auto half = options;
    half.after_step = [](std::int64_t done, const train::Report&) {
        if (done == 10) throw NumericError("stop");
    };
    const auto other = checkpoint_in("stopped");
    CHECK_THROWS_AS(train_on(world(), other, false, half), NumericError);
    const auto resumed = train_on(world(), other, true, options);
    CHECK(resumed.report.first_step == 10);
    CHECK(resumed.report.training_loss == whole.report.training_loss);
    CHECK(resumed.parameters == whole.parameters);

    const auto data = toy_dataset(1200);
    model::EnergyTransformer model(model_options(), train::input_widths(data), 1);
    train::load_parameters(world(), other, model, data, toy_split, train::Keep::best);
    const auto fitted = train::fit_baseline(world(), data, toy_split, model_options().horizon, options);
    CHECK(model.baseline().regions == fitted.regions);
    CHECK(model.baseline().hours == 48);
    CHECK(model.baseline().weights == fitted.weights);
}
