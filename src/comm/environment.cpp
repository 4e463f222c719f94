// SPDX-License-Identifier: MIT
#include "gridring/comm/environment.hpp"

#include <cstdlib>
#include <exception>

#include "comm/handle.hpp"

namespace gridring::comm {

Environment::Environment(int& argc, char**& argv) {
    int provided = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    if (provided == MPI_THREAD_MULTIPLE) return;
    MPI_Finalize();
    throw CommError("expected an MPI library with MPI_THREAD_MULTIPLE (" + std::to_string(MPI_THREAD_MULTIPLE) +
                    "), found thread level " + std::to_string(provided) +
                    ". Mend: use an MPI built with thread support");
}

Environment::~Environment() {
    if (std::uncaught_exceptions() == 0) MPI_Finalize();
}

std::optional<int> Environment::launched_rank() {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
        if (const char* text = std::getenv(name)) return std::atoi(text);
    return std::nullopt;
}

void Environment::abort(int exit_code) {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
}

}  // namespace gridring::comm
