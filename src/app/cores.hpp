// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace gridring::app {

/// That this process may use; empty where the system does not tell (all but Linux).
std::vector<int> usable_cores();

/// Keeps the calling thread, and all that it starts from now on, on one core.
void stay_on_core(int core);

}  // namespace gridring::app
