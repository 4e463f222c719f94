// SPDX-License-Identifier: MIT
// Training over ranks: the same curve for any number of them, and checkpoints that any number can continue.
#include "mpi/train/training.hpp"

#include <doctest/doctest.h>

#include <ranges>

using namespace gridring;
using namespace gridring::test;

namespace {

/// What a run says that is refused on every rank with the exit code of a usage error; "" when it is not.
template <class Run>
std::string refusal(Run&& run) {
    try {
        run();
    } catch (const Error& error) {
        if (error.exit_code() == ExitCode::usage) return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("20 steps give the loss curve of one rank within 1e-4, and the loss falls") {
    const auto alone = world().split(world().rank(), 0);
    const auto reference = train_on(alone, checkpoint_in("alone" + std::to_string(world().rank())), false);
    const auto shared = train_on(world(), checkpoint_in("shared"), false);
    CHECK(shared.report.training_loss.size() == 20);
    CHECK(worst_relative(shared.report.training_loss, reference.report.training_loss) < 1e-4);
    CHECK(worst_relative(shared.report.validation_loss, reference.report.validation_loss) < 1e-4);
    CHECK(shared.report.validation_loss[1] < 0.95 * shared.report.validation_loss[0]);  // the same hours
    CHECK(shared.report.validation_step == std::vector<double>{10, 20});
    CHECK(shared.report.tokens_per_second > 0);

    auto nonblocking = train_options();
    nonblocking.ring.exchange = comm::ExchangeMethod::nonblocking;
    nonblocking.partition = ring::Scheme::striped;
    const auto other = train_on(world(), checkpoint_in("other"), false, nonblocking);
    CHECK(worst_relative(other.report.training_loss, reference.report.training_loss) < 1e-4);

    auto in_place = train_options();
    in_place.ring.exchange = comm::ExchangeMethod::shared;
    const auto read = train_on(world(), checkpoint_in("read"), false, in_place);
    CHECK(worst_relative(read.report.training_loss, reference.report.training_loss) < 1e-4);
    CHECK(worst_relative(read.report.validation_loss, reference.report.validation_loss) < 1e-4);
}

TEST_CASE("every grid of these ranks gives the losses of one rank; the same grid gives the same bits") {
    auto options = train_options();
    options.steps = 6, options.batch = 12, options.validate_every = 3, options.validation_sequences = 12;
    const auto alone = world().split(world().rank(), 0);
    const auto reference = train_on(alone, checkpoint_in("alone" + std::to_string(world().rank())), false, options);
    for (int groups = 1; groups <= world().size(); ++groups) {
        if (world().size() % groups != 0) continue;
        options.data_ranks = groups == world().size() ? 0 : groups;
        const auto grid = train_on(world(), checkpoint_in("grid"), false, options);
        CHECK(grid.report.data_ranks == groups);
        CHECK(worst_relative(grid.report.training_loss, reference.report.training_loss) < 1e-4);
        CHECK(worst_relative(grid.report.validation_loss, reference.report.validation_loss) < 1e-4);
        CHECK(worst_relative(grid.report.gradient_norm, reference.report.gradient_norm) < 1e-3);
        CHECK(std::ssize(grid.report.ring.forward) == world().size() / groups);
        const auto again = train_on(world(), checkpoint_in("grid"), false, options);
        CHECK(again.each_step == grid.each_step);
        CHECK(again.parameters == grid.parameters);
    }
    options.data_ranks = 5;
    CHECK(refusal([&] { train_on(world(), checkpoint_in("grid"), false, options); }).find("data_ranks") !=
          std::string::npos);
}

TEST_CASE("a finished run resumes to itself; a checkpoint of another training, model or dataset is refused") {
    const auto path = checkpoint_in("finished");
    const auto finished = train_on(world(), path, false);
    const auto again = train_on(world(), path, true);
    CHECK(again.report.first_step == 20);
    CHECK(again.parameters == finished.parameters);

    auto other = train_options();
    other.seed = 6;
    CHECK(refusal([&] { train_on(world(), path, true, other); }).find("another training") != std::string::npos);
    const auto other_data = toy_dataset(1200, 2, 9);
    CHECK(refusal([&] { train_on(world(), path, true, train_options(), other_data); }).find("another data") !=
          std::string::npos);
    auto wider = model_options();
    wider.width = 32;
    const auto data = toy_dataset(1200);
    const train::Split split{900, 1100};
    const auto load = [&](model::EnergyTransformer& model, const series::Dataset& on, const train::Split& by) {
        return refusal([&] { train::load_parameters(world(), path, model, on, by, train::Keep::best); });
    };
    model::EnergyTransformer model(wider, train::input_widths(data), 1);
    CHECK(load(model, data, split).find("embed.weight") != std::string::npos);
    model::EnergyTransformer same(model_options(), train::input_widths(data), 1);
    CHECK(load(same, other_data, split).find("another data") != std::string::npos);
    CHECK(load(same, data, {800, 1100}).find("another data") != std::string::npos);  // hours 800 … 900 were learnt
    CHECK(load(same, data, split).empty());
    CHECK(std::ranges::equal(same.parameters().values(), finished.parameters));
}

TEST_CASE(
    "a loss that is not finite names its step on every rank; ranks with other data, and sequences too long, are "
    "refused") {
    auto poisoned = toy_dataset(1200);
    for (auto& mw : poisoned.filled_mw) mw = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH_AS(train_on(world(), checkpoint_in("nan"), false, train_options(), poisoned),
                         doctest::Contains("step 0"), NumericError);
    auto too_long = train_options();
    too_long.sequence_hours = 901;
    CHECK_THROWS_WITH_AS(train_on(world(), checkpoint_in("long"), false, too_long), doctest::Contains("901"),
                         ConfigError);
    if (world().size() > 1) {
        const auto mine = toy_dataset(1200, 2, world().rank() == 1 ? 2 : 1);
        CHECK_THROWS_WITH_AS(train_on(world(), checkpoint_in("other_data"), false, train_options(), mine),
                             doctest::Contains("rank 1"), DataError);
    }
    remove_checkpoints();  // the last case of this program
}
