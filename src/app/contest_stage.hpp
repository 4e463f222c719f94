// SPDX-License-Identifier: MIT
#pragma once

#include "app/contest_setup.hpp"
#include "gridring/comm/communicator.hpp"

namespace gridring::app {

/// Lets the baselines forecast every day of a folder's test span and prints how they do, beside each other; with
/// arguments.output also results.h5 and scores.json there.
void run_contest(const ContestArguments& arguments);

/// The same with the Committee of `folder`, mostly of one run, as the first entry. It need not have seen the folder's
/// regions. Horizons behind its own are left out, and told. Writes into arguments.output, by default `folder`.
/// Collective; rank 0 reads, prints and writes.
void run_contest(const comm::Communicator& world, const std::filesystem::path& folder, ContestArguments arguments);

}  // namespace gridring::app
