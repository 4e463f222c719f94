// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "gridring/comm/communicator.hpp"

namespace gridring::comm {

/// Nanoseconds to add to this rank's steady clock to have that of rank 0, whose host may count from elsewhere: from the
/// quickest of ten questions to it (Cristian 1989), right to within half their time. Collective.
std::int64_t clock_offset(const Communicator& world);

}  // namespace gridring::comm
