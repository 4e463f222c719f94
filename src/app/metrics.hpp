// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/observe/metrics.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {

/// The server that `settings` ask for on this rank; nullptr where they ask for none. Throws ConfigError.
std::unique_ptr<observe::MetricsServer> serve_metrics(const MetricsSettings& settings, int rank);

/// The same on all ranks, or the error of one. Collective.
std::unique_ptr<observe::MetricsServer> serve_metrics_together(const comm::Communicator& world,
                                                               const MetricsSettings& settings);

/// Around a training: before its first step it counts as one that makes none, behind its last as done.
void begin_counting(const train::Options& options);
void end_counting(const train::Report& report);
/// Counters of a training, after a step.
void count_training(const train::Options& options, const train::Report& report);

}  // namespace gridring::app
