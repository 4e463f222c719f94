// SPDX-License-Identifier: MIT
#include "gridring/comm/clock_offset.hpp"

#include <mpi.h>

#include <limits>

#include "comm/handle.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::comm {
namespace {

constexpr int questions = 10, tag = 77;

void answer(MPI_Comm world, int rank) {
    for (int i = 0; i < questions; ++i) {
        check(MPI_Recv(nullptr, 0, MPI_BYTE, rank, tag, world, MPI_STATUS_IGNORE), "MPI_Recv");
        const std::int64_t time = trace::now();
        check(MPI_Send(&time, 1, MPI_INT64_T, rank, tag, world), "MPI_Send");
    }
}

std::int64_t ask(MPI_Comm world) {
    std::int64_t offset = 0, quickest = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < questions; ++i) {
        std::int64_t time = 0;
        const std::int64_t before = trace::now();
        check(MPI_Send(nullptr, 0, MPI_BYTE, 0, tag, world), "MPI_Send");
        check(MPI_Recv(&time, 1, MPI_INT64_T, 0, tag, world, MPI_STATUS_IGNORE), "MPI_Recv");
        const std::int64_t took = trace::now() - before;
        if (took < quickest) quickest = took, offset = time - (before + took / 2);
    }
    return offset;
}

}  // namespace

std::int64_t clock_offset(const Communicator& world) {
    if (world.rank() > 0) return ask(world.handle().mpi);
    for (int rank = 1; rank < world.size(); ++rank) answer(world.handle().mpi, rank);
    return 0;
}

}  // namespace gridring::comm
