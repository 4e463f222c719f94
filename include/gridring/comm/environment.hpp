// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace gridring::comm {

/// MPI_Init_thread (MPI_THREAD_MULTIPLE) on construction, MPI_Finalize on destruction; one a process, in main.
/// Throws CommError when the library grants less than MPI_THREAD_MULTIPLE. While an exception unwinds it does not
/// finalise: the partners may be in a collective, so `app` calls abort() instead.
/// Not for programs that call MPI_Init_thread themselves: see adopt.hpp.
class Environment {
public:
    Environment(int& argc, char**& argv);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    /// The rank that mpirun, srun or another launcher gave this process; empty where it was started alone. Can be asked
    /// before MPI is there.
    static std::optional<int> launched_rank();

    /// Ends every rank with `exit_code`. For one rank failing alone.
    [[noreturn]] static void abort(int exit_code);
};

}  // namespace gridring::comm
