// SPDX-License-Identifier: MIT
// Runs that stop, early or by a kill, and what they leave.
#include <doctest/doctest.h>

#include <fstream>

#include "mpi/train/training.hpp"

using namespace gridring;
using namespace gridring::test;

namespace {

struct Stop {};

/// Ends a run in the midst of it, as a kill would.
train::Options stopping_at(train::Options options, std::int64_t step) {
    options.after_step = [step](std::int64_t done, const train::Report&) {
        if (done == step) throw Stop{};
    };
    return options;
}

/// Learns so little that every validation gives the loss of the first.
train::Options hopeless() {
    auto options = train_options();
    options.optimizer.learning_rate = 1e-30, options.optimizer.weight_decay = 0;
    options.steps = 12, options.validate_every = 2, options.checkpoint_every = 4, options.patience = 2;
    return options;
}

}  // namespace

TEST_CASE("a run that stops half-way goes on exactly, on the same and on another number of ranks") {
    const int me = world().rank(), many = std::min(3, world().size()), few = std::min(2, world().size());
    const auto whole = train_on(world(), checkpoint_in("whole"), false);
    const auto half = checkpoint_in("half"), half_again = checkpoint_in("half_again");

    // `many` ranks stop in step 13, as a kill would stop them: the checkpoint of step 10 is what they leave.
    const auto first = world().split(me < many ? 0 : 1, 0);
    if (me < many) {
        CHECK_THROWS_AS(train_on(first, half, false, stopping_at(train_options(), 13)), Stop);
        if (me == 0)
            for (const auto& file : std::filesystem::directory_iterator(half.parent_path()))
                std::filesystem::copy(file, half_again.parent_path());
    }
    world().barrier();

    const auto second = world().split(me < few ? 0 : 1, 0);
    if (me < few) {
        auto other_grid = train_options();
        other_grid.data_ranks = 0;
        const auto resumed = train_on(second, half, true, other_grid);
        CHECK(resumed.report.first_step == 10);
        CHECK(resumed.report.gradient_norm.size() == 10);
        CHECK(worst_relative(resumed.report.training_loss, whole.report.training_loss) < 1e-4);
        CHECK(worst_relative(resumed.report.validation_loss, whole.report.validation_loss) < 1e-4);
    }
    world().barrier();

    if (many == world().size()) {  // as before: not a bit may differ from the run that never stopped
        const auto resumed = train_on(world(), half_again, true);
        CHECK(resumed.report.first_step == 10);
        CHECK(resumed.parameters == whole.parameters);
        CHECK(resumed.report.training_loss == whole.report.training_loss);
    }
}

TEST_CASE(
    "asked to stop on any rank, all stop with a checkpoint of that step; resumed it is the run that never stopped") {
    const auto path = checkpoint_in("stopped");
    const auto whole = train_on(world(), checkpoint_in("never_stopped"), false);
    auto options = train_options();
    int asked = 0;
    options.is_stop_asked = [&] { return ++asked == 7 && world().rank() == world().size() - 1; };
    const auto stopped = train_on(world(), path, false, options);
    CHECK(stopped.report.is_stopped);
    CHECK(stopped.report.steps_done == 7);
    CHECK(stopped.report.checkpoint_step == 7);
    const auto resumed = train_on(world(), path, true);
    CHECK(resumed.report.first_step == 7);
    CHECK_FALSE(resumed.report.is_stopped);
    CHECK(resumed.parameters == whole.parameters);
    CHECK(resumed.report.training_loss == whole.report.training_loss);

    options = train_options();
    asked = 0;
    options.is_stop_asked = [&] { return ++asked == options.steps; };
    CHECK_FALSE(train_on(world(), path, false, options).report.is_stopped);  // it was over anyway
}

TEST_CASE("of checkpoints the newest and as many older ones as asked for stay; a damaged one is set aside") {
    const auto path = checkpoint_in("older");
    auto options = train_options();
    options.checkpoint_every = 3, options.older_checkpoints = 2;
    const auto whole = train_on(world(), checkpoint_in("undamaged"), false, options);
    CHECK_THROWS_AS(train_on(world(), path, false, stopping_at(options, 14)), Stop);
    const auto folder = path.parent_path();
    const auto damage = [&](const char* name) {
        world().barrier();
        if (world().is_root()) {
            std::fstream file(folder / name, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(folder / name) / 2));
            file << "damage";
        }
        world().barrier();
    };
    CHECK(std::filesystem::exists(folder / "checkpoint.1.h5"));
    CHECK(std::filesystem::exists(folder / "checkpoint.2.h5"));
    CHECK_FALSE(std::filesystem::exists(folder / "checkpoint.3.h5"));
    damage("checkpoint.h5"), damage("checkpoint.1.h5");
    const auto resumed = train_on(world(), path, true, options);
    CHECK(resumed.report.first_step == 6);
    CHECK(resumed.parameters == whole.parameters);
    CHECK(std::filesystem::exists(folder / "checkpoint.damaged.h5"));

    damage("checkpoint.h5"), damage("checkpoint.1.h5");
    if (std::filesystem::exists(folder / "checkpoint.2.h5")) damage("checkpoint.2.h5");
    CHECK_THROWS_WITH_AS(train_on(world(), path, true, options), doctest::Contains("damaged since it was written"),
                         Error);
    CHECK(train_on(world(), path, false, options).report.steps_done == 20);
    CHECK(train_on(world(), path, true, options).report.first_step == 20);
}

TEST_CASE("patience ends a training that no longer gets better; killed and resumed it ends alike") {
    const auto path = checkpoint_in("patience"), killed = checkpoint_in("killed");
    const auto whole = train_on(world(), path, false, hopeless());
    CHECK(whole.report.validation_step == std::vector<double>{2, 4, 6});
    CHECK(whole.report.steps_done == 6);
    CHECK(whole.report.best() == 0);

    CHECK_THROWS_AS(train_on(world(), killed, false, stopping_at(hopeless(), 5)), Stop);
    world().barrier();
    const auto resumed = train_on(world(), killed, true, hopeless());
    CHECK(resumed.report.first_step == 4);
    CHECK(resumed.report.steps_done == 6);
    CHECK(resumed.report.training_loss == whole.report.training_loss);
    CHECK(resumed.report.validation_loss == whole.report.validation_loss);

    const auto complete = train_on(world(), path, true, hopeless());
    CHECK(complete.report.first_step == 6);
    CHECK(complete.each_step.empty());
    CHECK(complete.parameters == whole.parameters);
    auto patient = hopeless();
    patient.patience = 0;  // goes on where patience ended it
    CHECK(train_on(world(), path, true, patient).report.steps_done == 12);
}

TEST_CASE("the weights of the best validation are kept and used; a run resumed after them keeps them") {
    auto options = train_options();
    options.optimizer.average_decay = 0, options.optimizer.final_fraction = 300;  // leaps out of the valley in the end
    options.steps = 8, options.validate_every = 1, options.checkpoint_every = 6;
    const auto path = checkpoint_in("best"), killed = checkpoint_in("killed_after_best");
    const auto run = train_on(world(), path, false, options);
    const auto best = run.report.best();
    REQUIRE(best);
    CHECK(*best < 5);  // or this case would show nothing
    CHECK(run.parameters == run.each_step[*best]);
    CHECK(loaded(world(), path, train::Keep::best) == run.each_step[*best]);
    CHECK(loaded(world(), path, train::Keep::last) == run.each_step.back());

    CHECK_THROWS_AS(train_on(world(), killed, false, stopping_at(options, 7)), Stop);
    world().barrier();
    CHECK(train_on(world(), killed, true, options).parameters == run.parameters);

    options.keep = train::Keep::last;
    CHECK(train_on(world(), path, true, options).parameters == run.each_step.back());
    options.validate_every = 0, options.keep = train::Keep::best;  // begins anew, and nothing is known of the best
    CHECK(train_on(world(), path, false, options).parameters == run.each_step.back());
    CHECK(!std::filesystem::exists(train::best_beside(path)));
}

TEST_CASE("the averaged weights are those of the formula, and what is left, loaded and validated") {
    auto options = train_options();
    options.steps = 5, options.validate_every = 5, options.keep = train::Keep::last;
    const auto path = checkpoint_in("average");
    const auto run = train_on(world(), path, false, options);
    std::vector<double> average(run.parameters.size());
    {
        const model::EnergyTransformer model(model_options(), train::input_widths(toy_dataset(1200)), 3);
        std::ranges::copy(model.parameters().values(), average.begin());
    }
    for (std::size_t step = 0; step < run.each_step.size(); ++step) {
        const auto t = static_cast<double>(step);
        const double decay = std::min(0.5, (1 + t) / (10 + t));
        for (std::size_t i = 0; i < average.size(); ++i)
            average[i] = decay * average[i] + (1 - decay) * static_cast<double>(run.each_step[step][i]);
    }
    double worst = 0;
    for (std::size_t i = 0; i < average.size(); ++i)
        worst = std::max(worst, std::abs(average[i] - static_cast<double>(run.parameters[i])));
    CHECK(worst < 1e-5);
    CHECK(run.parameters != run.each_step.back());
    CHECK(loaded(world(), path, train::Keep::last) == run.parameters);
    CHECK(loaded(world(), path, train::Keep::best) == run.parameters);  // the only validation was of these
    CHECK(train_on(world(), path, true, options).parameters == run.parameters);
}
