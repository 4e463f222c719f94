// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/sweep_members.hpp"
#include "gridring/sweep/record.hpp"

namespace gridring::app {

/// How members are run, each as programs of its own.
struct SweepRunOptions {
    std::vector<std::string> program;  ///< gridring, as it was called, behind what starts its ranks
    double minutes = 0;                ///< that a training may take; 0 = any
    std::filesystem::path series;
    std::vector<std::string> judge;  ///< words behind `evaluate RUN_DIR`
};

/// Trains and scores one member in its folder, or goes on with it, and returns what member.json says afterwards. With
/// `until` it is trained for so many steps alone, which leaves it stopped.
/// Blocks; a stop ends the programs that it started. Throws StoreError where the folder cannot be written. This is what
/// any launcher has to do for each of its members.
sweep::Record run_member(const SweepRunOptions& options, const SweepTask& task, const std::stop_token& stop,
                         std::int64_t until = 0);

/// The commands of a member, as they can be typed.
std::vector<std::string> commands_of(const SweepRunOptions& options, const SweepTask& task);

/// Runs tasks on this machine, `parallel` at a time, in their order, until all have ended or stop is asked for.
/// `on_end` is called on the calling thread, one task after the other, with its index.
void run_locally(const std::vector<std::size_t>& tasks, int parallel, const std::stop_token& stop,
                 const std::function<sweep::Record(std::size_t)>& run,
                 const std::function<void(std::size_t, const sweep::Record&)>& on_end);

}  // namespace gridring::app
