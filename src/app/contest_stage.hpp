// SPDX-License-Identifier: MIT
#pragma once

#include "app/contest_setup.hpp"
#include "gridring/comm/communicator.hpp"

namespace gridring::app {

/// Lets the baselines forecast every day of a folder's test span and prints how they do, beside each other; with
/// arguments.output also results.h5 and scores.json there.
void run_contest(const ContestArguments& arguments);

/// The same with a trained run's model as the first entry. It need not have seen the folder's regions. Horizons behind
/// the model's own are left out, and told. Writes into arguments.output, by default the run's folder. Collective; rank
/// 0 reads, prints and writes.
void run_contest(const comm::Communicator& world, const std::filesystem::path& run_folder, ContestArguments arguments);

}  // namespace gridring::app
