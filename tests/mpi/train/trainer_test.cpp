// SPDX-License-Identifier: MIT
// Training over ranks: the same curve for any number of them, and checkpoints that any number can continue.
#include "gridring/train/trainer.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <random>
#include <ranges>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/train/features.hpp"
#include "support/mpi.hpp"
#include "support/toy_dataset.hpp"

using namespace gridring;

namespace {

model::Options model_options() {
    model::Options o;
    o.layers = 2, o.width = 16, o.heads = 2, o.kv_heads = 2, o.feed_forward = 16, o.head_width = 8;
    return o;
}

train::Options train_options() {
    train::Options o;
    o.steps = 20, o.batch = 2, o.sequence_hours = 97, o.validate_every = 10, o.validation_sequences = 2;
    o.checkpoint_every = 10, o.seed = 5, o.optimizer.warmup_steps = 4, o.optimizer.learning_rate = 3e-3;
    return o;
}

struct Outcome {
    train::Report report;
    std::vector<float> parameters;
};

Outcome train_on(const comm::Communicator& ranks, const std::filesystem::path& checkpoint, bool resume,
                 const train::Options& options = train_options(),
                 const series::Dataset& data = test::toy_dataset(1200)) {
    model::EnergyTransformer model(model_options(), train::input_widths(data), 3);
    train::Trainer trainer(ranks, model, data, {900, 1100}, options, {{"command", "test"}});
    Outcome outcome{trainer.run(checkpoint, resume), {}};
    outcome.parameters.assign(model.parameters().values().begin(), model.parameters().values().end());
    return outcome;
}

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

double worst_relative(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]) / std::abs(b[i]));
    return worst;
}

/// A folder that all ranks of this program share and no other program.
std::filesystem::path folder() {
    static const std::filesystem::path path = [] {
        log::set_level(log::Level::warning);  // no progress bars among the test's lines
        std::string name =
            (std::filesystem::temp_directory_path() / ("gridring_train_" + std::to_string(std::random_device{}())))
                .string();
        test::world().broadcast(name);
        std::filesystem::create_directories(name);
        return std::filesystem::path(name);
    }();
    return path;
}

}  // namespace

TEST_CASE("20 steps give the loss curve of one rank within 1e-4, and the loss falls") {
    const auto alone = test::world().split(test::world().rank(), 0);
    const auto reference = train_on(alone, folder() / ("alone" + std::to_string(test::world().rank()) + ".h5"), false);
    const auto shared = train_on(test::world(), folder() / "shared.h5", false);
    CHECK(shared.report.training_loss.size() == 20);
    CHECK(worst_relative(shared.report.training_loss, reference.report.training_loss) < 1e-4);
    CHECK(worst_relative(shared.report.validation_loss, reference.report.validation_loss) < 1e-4);
    CHECK(shared.report.validation_loss[1] < 0.95 * shared.report.validation_loss[0]);  // the same hours
    CHECK(shared.report.validation_step == std::vector<double>{10, 20});
    CHECK(shared.report.tokens_per_second > 0);

    auto nonblocking = train_options();
    nonblocking.ring.exchange = comm::ExchangeMethod::nonblocking;
    nonblocking.partition = ring::Scheme::striped;
    const auto other = train_on(test::world(), folder() / "other.h5", false, nonblocking);
    CHECK(worst_relative(other.report.training_loss, reference.report.training_loss) < 1e-4);

    auto in_place = train_options();
    in_place.ring.exchange = comm::ExchangeMethod::shared;
    const auto read = train_on(test::world(), folder() / "read.h5", false, in_place);
    CHECK(worst_relative(read.report.training_loss, reference.report.training_loss) < 1e-4);
    CHECK(worst_relative(read.report.validation_loss, reference.report.validation_loss) < 1e-4);
}

TEST_CASE("a run that stops half-way goes on exactly, on the same and on another number of ranks") {
    struct Stop {};
    const int me = test::world().rank(), many = std::min(3, test::world().size()),
              few = std::min(2, test::world().size());
    const auto whole = train_on(test::world(), folder() / "whole.h5", false);
    const auto half = folder() / "half.h5", half_again = folder() / "half_again.h5";

    // `many` ranks stop in step 13, as a kill would stop them: the checkpoint of step 10 is what they leave.
    const auto first = test::world().split(me < many ? 0 : 1, 0);
    if (me < many) {
        auto stopping = train_options();
        stopping.after_step = [](std::int64_t done, const train::Report&) {
            if (done == 13) throw Stop{};
        };
        CHECK_THROWS_AS(train_on(first, half, false, stopping), Stop);
        if (me == 0) std::filesystem::copy_file(half, half_again);
    }
    test::world().barrier();

    const auto second = test::world().split(me < few ? 0 : 1, 0);
    if (me < few) {
        const auto resumed = train_on(second, half, true);
        CHECK(resumed.report.first_step == 10);
        CHECK(resumed.report.gradient_norm.size() == 10);
        CHECK(worst_relative(resumed.report.training_loss, whole.report.training_loss) < 1e-4);
        CHECK(worst_relative(resumed.report.validation_loss, whole.report.validation_loss) < 1e-4);
    }
    test::world().barrier();

    if (many ==
        test::world().size()) {  // the same ranks as before: not a bit may differ from the run that never stopped
        const auto resumed = train_on(test::world(), half_again, true);
        CHECK(resumed.report.first_step == 10);
        CHECK(resumed.parameters == whole.parameters);
        CHECK(resumed.report.training_loss == whole.report.training_loss);
    }
}

TEST_CASE("a finished run resumes to itself; a checkpoint of another training, model or dataset is refused") {
    const auto path = folder() / "finished.h5";
    const auto finished = train_on(test::world(), path, false);
    const auto again = train_on(test::world(), path, true);
    CHECK(again.report.first_step == 20);
    CHECK(again.parameters == finished.parameters);

    auto other = train_options();
    other.seed = 6;
    CHECK(refusal([&] { train_on(test::world(), path, true, other); }).find("another training") != std::string::npos);
    const auto other_data = test::toy_dataset(1200, 2, 9);
    CHECK(refusal([&] { train_on(test::world(), path, true, train_options(), other_data); }).find("another data") !=
          std::string::npos);
    auto wider = model_options();
    wider.width = 32;
    const auto data = test::toy_dataset(1200);
    const train::Split split{900, 1100};
    const auto load = [&](model::EnergyTransformer& model, const series::Dataset& on, const train::Split& by) {
        return refusal([&] { train::load_parameters(test::world(), path, model, on, by); });
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
    auto poisoned = test::toy_dataset(1200);
    for (auto& mw : poisoned.filled_mw) mw = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH_AS(train_on(test::world(), folder() / "nan.h5", false, train_options(), poisoned),
                         doctest::Contains("step 0"), NumericError);
    auto too_long = train_options();
    too_long.sequence_hours = 901;
    CHECK_THROWS_WITH_AS(train_on(test::world(), folder() / "long.h5", false, too_long), doctest::Contains("901"),
                         ConfigError);
    if (test::world().size() > 1) {
        const auto mine = test::toy_dataset(1200, 2, test::world().rank() == 1 ? 2 : 1);
        CHECK_THROWS_WITH_AS(train_on(test::world(), folder() / "other_data.h5", false, train_options(), mine),
                             doctest::Contains("rank 1"), DataError);
    }
    test::world().barrier();
    if (test::world().is_root()) std::filesystem::remove_all(folder());
}
