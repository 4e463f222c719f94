// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "gridring/comm/communicator.hpp"

namespace gridring::comm {

/// Rank 0 works, maybe for long, while the other ranks sleep: a barrier that spins would take its cores. Its error is
/// everybody's. Collective.
void work_on_root(const Communicator& world, const std::function<void()>& work);

}  // namespace gridring::comm
