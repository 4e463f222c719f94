// SPDX-License-Identifier: MIT
#pragma once

// For programs that run MPI themselves. The one public header that includes mpi.h: include it where you call MPI.

#include <mpi.h>

#include "gridring/comm/communicator.hpp"

namespace gridring::comm {

/// A duplicate of `parent`, which stays yours, error handler included; MPI does, too: destroy what this returns before
/// MPI_Finalize, and make no Environment. Collective over `parent`. Throws CommError when MPI is not running, runs with
/// less than MPI_THREAD_MULTIPLE (a thread of the ring communicates while yours computes), or `parent` is no
/// intra-communicator.
[[nodiscard]] Communicator adopt(MPI_Comm parent);

}  // namespace gridring::comm
