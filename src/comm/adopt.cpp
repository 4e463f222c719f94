// SPDX-License-Identifier: MIT
#include "gridring/comm/adopt.hpp"

#include <string>

#include "comm/handle.hpp"

namespace gridring::comm {
namespace {

void require_running_mpi() {
    int is_initialized = 0, is_finalized = 0;
    check(MPI_Initialized(&is_initialized), "MPI_Initialized");
    check(MPI_Finalized(&is_finalized), "MPI_Finalized");
    if (is_initialized == 0 || is_finalized != 0)
        throw CommError(std::string("expected a running MPI, found one that is ") +
                        (is_finalized != 0 ? "finalised" : "not initialised") + ". Mend: call MPI_Init_thread first");
}

void require_threads() {
    int level = MPI_THREAD_SINGLE;
    check(MPI_Query_thread(&level), "MPI_Query_thread");
    if (level < MPI_THREAD_MULTIPLE)
        throw CommError("expected MPI to run with MPI_THREAD_MULTIPLE (" + std::to_string(MPI_THREAD_MULTIPLE) +
                        "), found thread level " + std::to_string(level) +
                        ". Mend: MPI_Init_thread(…, MPI_THREAD_MULTIPLE, …) instead of MPI_Init");
}

void require_intra_communicator(MPI_Comm parent) {
    int is_inter = 0;
    if (parent != MPI_COMM_NULL) check(MPI_Comm_test_inter(parent, &is_inter), "MPI_Comm_test_inter");
    if (parent == MPI_COMM_NULL || is_inter != 0)
        throw CommError(std::string("expected an intra-communicator, found ") +
                        (is_inter != 0 ? "an inter-communicator" : "MPI_COMM_NULL"));
}

}  // namespace

Communicator adopt(MPI_Comm parent) {
    require_running_mpi();
    require_threads();
    require_intra_communicator(parent);
    return Communicator::duplicate_of({parent});
}

}  // namespace gridring::comm
