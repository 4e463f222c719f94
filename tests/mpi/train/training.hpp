// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/trainer.hpp"
#include "support/mpi.hpp"
#include "support/toy_dataset.hpp"

namespace gridring::test {

inline model::Options model_options() {
    model::Options o;
    o.layers = 2, o.width = 16, o.heads = 2, o.kv_heads = 2, o.feed_forward = 16, o.head_width = 8, o.dropout = 0.1;
    return o;
}

inline train::Options train_options() {
    train::Options o;
    o.steps = 20, o.batch = 2, o.sequence_hours = 97, o.validate_every = 10, o.validation_sequences = 2;
    o.checkpoint_every = 10, o.seed = 5, o.optimizer.warmup_steps = 4, o.optimizer.learning_rate = 3e-3;
    o.optimizer.average_decay = 0.5;
    return o;
}

inline constexpr train::Split toy_split{900, 1100};

struct Outcome {
    train::Report report;
    std::vector<float> parameters;              ///< that training left in the model
    std::vector<std::vector<float>> each_step;  ///< the parameters after every step
};

inline Outcome train_on(const comm::Communicator& ranks, const std::filesystem::path& checkpoint, bool resume,
                        train::Options options = train_options(), const series::Dataset& data = toy_dataset(1200)) {
    model::EnergyTransformer model(model_options(), train::input_widths(data), 3);
    Outcome outcome;
    const auto values = [&] {
        const auto all = model.parameters().values();
        return std::vector<float>(all.begin(), all.end());
    };
    options.after_step = [&, then = options.after_step](std::int64_t done, const train::Report& report) {
        outcome.each_step.push_back(values());
        if (then) then(done, report);
    };
    train::Trainer trainer(ranks, model, data, toy_split, options, {{"command", "test"}});
    outcome.report = trainer.run(checkpoint, resume);
    outcome.parameters = values();
    return outcome;
}

/// What load_parameters() gives.
inline std::vector<float> loaded(const comm::Communicator& ranks, const std::filesystem::path& checkpoint,
                                 train::Keep keep) {
    const auto data = toy_dataset(1200);
    model::EnergyTransformer model(model_options(), train::input_widths(data), 1);
    train::load_parameters(ranks, checkpoint, model, data, toy_split, keep);
    const auto all = model.parameters().values();
    return {all.begin(), all.end()};
}

inline double worst_relative(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]) / std::abs(b[i]));
    return worst;
}

/// checkpoint.h5 in a folder of this name, within one that all ranks of this program share and no other program; the
/// folder is made.
inline std::filesystem::path checkpoint_in(const std::string& name) {
    static const std::filesystem::path path = [] {
        log::set_level(log::Level::error);  // no progress bars and warnings among the test's lines
        std::string text =
            (std::filesystem::temp_directory_path() / ("gridring_train_" + std::to_string(std::random_device{}())))
                .string();
        world().broadcast(text);
        return std::filesystem::path(text);
    }();
    std::filesystem::create_directories(path / name);
    return path / name / "checkpoint.h5";
}

/// Removes all of them. Collective.
inline void remove_checkpoints() {
    world().barrier();
    if (world().is_root()) std::filesystem::remove_all(checkpoint_in("").parent_path());
}

}  // namespace gridring::test
