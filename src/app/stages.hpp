// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// What a results file or a checkpoint tells of the run that made it. Not collective.
std::map<std::string, std::string> attributes_of(const Settings& settings);

/// The steps of the main job, each usable alone. All are collective unless they say otherwise; rank 0 prints and
/// writes.

/// What the later stages work on, the same on every rank.
struct Prepared {
    store::Series series;
    series::Dataset data;
    train::Split split;
};
/// Every rank reads series.h5; where a rank sees another file or none, rank 0's is sent around.
Prepared prepare_stage(const comm::Communicator& world, const Settings& settings);

/// A model with this configuration, initialised from the seed.
model::EnergyTransformer make_model(const Settings& settings, const series::Dataset& data);

/// What train_stage() came to.
struct Trained {
    bool has_trained = false;  ///< any step was left to train
    bool is_stopped = false;   ///< by a signal, before it was over
    std::int64_t steps_done = 0;
};

/// A model that was trained with what operators issue a day ahead forecasts worse without: names what is not there.
void warn_of_absent(const series::Dataset& data, std::int64_t horizon);

/// Trains, or goes on from checkpoint.h5; writes checkpoint.h5, best.h5, training.json and status.json. SIGTERM, SIGINT
/// or SIGUSR1 to any rank ends it with a checkpoint after the step in hand.
Trained train_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model, bool is_fresh);
/// Throws StoppedError, on every rank, where a training was stopped. Collective.
void end_if_stopped(const comm::Communicator& world, const Settings& settings, const Trained& trained);
/// Scores daily local-midnight origins of the test span; writes results.h5 and scores.json, prints the table.
void evaluate_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model);
/// The hours after the last one of `data`, by `forecast` (results on rank 0); writes `file` and prints a short table.
using Forecast = std::function<store::Results()>;
void forecast_last(const comm::Communicator& world, const Settings& settings, const series::Dataset& data,
                   const std::filesystem::path& file, const Forecast& forecast);
/// The same of the run's own series. DataError where a covariate is not known that far ahead.
void forecast_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model);
/// report.html from the run folder, unless there is a key: it holds data in plain. Rank 0 works.
void report_stage(const comm::Communicator& world, const Settings& settings);

}  // namespace gridring::app
