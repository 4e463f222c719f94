// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/contest_setup.hpp"
#include "app/settings.hpp"
#include "gridring/sweep/plan.hpp"
#include "gridring/sweep/record.hpp"

namespace gridring::app {

/// A member with all that it takes to run it.
struct SweepTask {
    sweep::Member member;
    std::filesystem::path folder;
    Settings settings;
    std::string training, judging;  ///< fingerprints; empty until fingerprint_tasks
    sweep::Work work = sweep::Work::fresh;
};

/// One for every member of the plan, in their order. Throws ConfigError with the problems of all their configurations,
/// each once, with the first member that has it.
std::vector<SweepTask> sweep_tasks(const sweep::Plan& plan);

/// The configuration of the extraction that all members share, into <folder>/extraction.
Settings sweep_extraction(const sweep::Plan& plan);
/// series.h5 of that extraction, or the one that the plan names.
std::filesystem::path sweep_series(const sweep::Plan& plan);

/// Says of every task what is left of it, on this series. What extraction was asked for does not matter beside that.
void fingerprint_tasks(const sweep::Plan& plan, const std::filesystem::path& series, std::vector<SweepTask>& tasks);

/// The words behind `gridring evaluate RUN_DIR`, and the same as options, for their checks. Empty for a run's own tail.
std::vector<std::string> judge_words(const sweep::Judge& judge);
ContestArguments judge_arguments(const sweep::Judge& judge);

}  // namespace gridring::app
