// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>
#include <vector>

#include "app/sweep_progress.hpp"
#include "app/sweep_run.hpp"

namespace gridring::app {

/// Throws ConfigError where the members cannot be compared on their way: other numbers of steps, rungs at which they
/// are not validated, or an end that each finds for itself.
void check_halving(const sweep::Plan& plan, const std::vector<SweepTask>& tasks);

struct HalvingJob {
    const sweep::Plan& plan;
    const SweepRunOptions& options;
    const std::vector<SweepTask>& tasks;
    int parallel;
    const std::stop_token& stop;
    SweepProgress& progress;
};

/// Trains the members rung by rung and returns those that are left, to be run to their end; the others are dropped,
/// which their records say. An arm counts by the mean of its seeds' validation losses, and not at all where one of them
/// failed. Who has been at a rung is not trained for it again. Empty where a stop came between; throws StoppedError
/// where a member was stopped by others.
std::vector<std::size_t> run_halving(const HalvingJob& job);

}  // namespace gridring::app
