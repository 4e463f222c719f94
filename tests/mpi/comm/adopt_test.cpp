// SPDX-License-Identifier: MIT
#include "gridring/comm/adopt.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "support/mpi.hpp"

using namespace gridring;

namespace {

MPI_Errhandler error_handler(MPI_Comm communicator) {
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
    MPI_Comm_get_errhandler(communicator, &handler);
    return handler;
}

}  // namespace

TEST_CASE("an adopted communicator has the ranks of its parent, in the same order") {
    MPI_Comm reversed = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, 0, -test::world().rank(), &reversed);
    {
        const auto ring = comm::adopt(reversed);
        CHECK(ring.size() == test::world().size());
        CHECK(ring.rank() == test::world().size() - 1 - test::world().rank());
        CHECK(ring.sum(std::int64_t{1}) == test::world().size());
    }
    MPI_Comm_free(&reversed);
    CHECK(comm::adopt(MPI_COMM_SELF).size() == 1);
}

TEST_CASE("the parent keeps its error handler, and outlives what was adopted") {
    MPI_Comm mine = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &mine);
    MPI_Comm_set_errhandler(mine, MPI_ERRORS_ARE_FATAL);
    { const auto ring = comm::adopt(mine); }
    CHECK(error_handler(mine) == MPI_ERRORS_ARE_FATAL);
    CHECK(MPI_Barrier(mine) == MPI_SUCCESS);
    MPI_Comm_free(&mine);
}

TEST_CASE("no intra-communicator, no adoption") {
    CHECK_THROWS_WITH_AS((void)comm::adopt(MPI_COMM_NULL), "expected an intra-communicator, found MPI_COMM_NULL",
                         CommError);
    if (test::world().size() < 2) return;

    const int side = test::world().rank() == 0 ? 0 : 1;
    MPI_Comm half = MPI_COMM_NULL, between = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &half);
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, side == 0 ? 1 : 0, 7, &between);
    CHECK_THROWS_WITH_AS((void)comm::adopt(between), "expected an intra-communicator, found an inter-communicator",
                         CommError);
    MPI_Comm_free(&between);
    MPI_Comm_free(&half);
}
