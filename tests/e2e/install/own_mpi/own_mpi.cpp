// SPDX-License-Identifier: MIT
// A program that runs MPI itself: its ranks form two rings, and each counts its own.
#include <mpi.h>

#include <cstdio>
#include <vector>

#include "gridring/comm/adopt.hpp"
#include "gridring/ring/ring_attention.hpp"

using namespace gridring;

namespace {

/// With q = k = 0 every weight is the same: the output is the mean of v, 1 here.
float mean_of_ones(const comm::Communicator& ranks) {
    const attention::Shape shape{.head_dim = 8};
    ring::RingAttention ring(ranks, ring::Partition(ring::Scheme::striped, 37, ranks.size()), shape, {});
    const auto size = static_cast<std::size_t>(ring.rows() * shape.head_dim);
    std::vector<float> q(size), out(size), lse(static_cast<std::size_t>(ring.rows()));
    auto own = ring.make_block();
    for (std::int64_t i = 0; i < ring.rows() * shape.head_dim; ++i) own.v().data[i] = 1;
    ring.forward({q.data(), 1, ring.rows(), 1, 8}, own, {out.data(), 1, ring.rows(), 1, 8}, lse);
    return out.back();
}

}  // namespace

int main(int argc, char** argv) {
    int level = MPI_THREAD_SINGLE, rank = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm half = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
    {
        const auto ranks = comm::adopt(half);
        const float mean = mean_of_ones(ranks);
        if (rank == 0) std::printf("mean %.4f over %d ranks\n", static_cast<double>(mean), ranks.size());
    }
    MPI_Comm_free(&half);
    MPI_Finalize();
}
