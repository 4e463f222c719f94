// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/optimizer.hpp"

namespace gridring::train {

struct Report {
    std::int64_t first_step = 0;        ///< 0, or where a checkpoint resumed
    std::vector<double> training_loss;  ///< one a step, from step 0 (a resumed run carries the earlier ones)
    std::vector<double> validation_step, validation_loss;
    std::vector<double> gradient_norm;  ///< one a step of this run
    double seconds = 0;                 ///< of the training steps alone
    double tokens_per_second = 0;
    ring::Telemetry ring;  ///< of this rank, validation included
};

struct Options {
    std::int64_t steps = 400;
    std::int64_t batch = 4;              ///< sequences a step, over all ranks
    std::int64_t sequence_hours = 1344;  ///< T of a training sequence
    std::int64_t origin_every = 1;       ///< hours between the rows of a sequence that forecast
    std::int64_t leads = 24;             ///< that each of them forecasts in a step, drawn anew from the horizon
    std::int64_t validate_every = 50;    ///< steps; 0 = never
    std::int64_t validation_sequences = 8;
    std::int64_t checkpoint_every = 100;  ///< steps; 0 = only at the end
    std::uint64_t seed = 1;
    OptimizerOptions optimizer;
    FeatureOptions features;
    ring::Scheme partition = ring::Scheme::zigzag;
    ring::Options ring;
    /// Called on every rank after each step and its checkpoint, with the steps done: for dashboards, and to stop by
    /// throwing (the same on every rank).
    std::function<void(std::int64_t, const Report&)> after_step;
};

/// Spans of the hour axis: train [0, train_end), validation [train_end, validation_end), test [validation_end, hours).
struct Split {
    std::int64_t train_end = 0, validation_end = 0;
};

/// Trains in place. Same losses (within rounding) for any number of ranks: batches depend on seed and step alone.
/// `checkpoint` is written every checkpoint_every steps and at the end by rank 0; when it exists at the start and
/// `resume`, training goes on from it, whatever the number of ranks that wrote it; a checkpoint of another model,
/// config or dataset is a ConfigError. Checks that all ranks see the same data. Collective over `world`.
class Trainer {
public:
    Trainer(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
            const Split& split, const Options& options, std::map<std::string, std::string> attributes);
    Report run(const std::filesystem::path& checkpoint, bool resume);

private:
    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    const series::Dataset& data_;
    Split split_;
    Options options_;
    std::map<std::string, std::string> attributes_;
};

/// Puts a checkpoint's parameters into `model` on every rank; rank 0 reads. ConfigError when names or shapes differ, or
/// when it was trained on other data or another training span than `data` and `split`: what is then called held back
/// was learnt. Collective.
void load_parameters(const comm::Communicator& world, const std::filesystem::path& checkpoint,
                     model::EnergyTransformer& model, const series::Dataset& data, const Split& split);

}  // namespace gridring::train
