// SPDX-License-Identifier: MIT
// Causal grouped-query attention over 1,001 steps, forward and backward, spread over however many ranks there are.
// Every rank holds a part of the sequence; the result is that of dense attention on the whole.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/comm/environment.hpp"
#include "gridring/ring/ring_attention.hpp"

using namespace gridring;

/// A value for every row and feature that depends on the global position, not on who holds it.
void fill(const attention::Heads& x, attention::Positions positions, double pitch) {
    float* row = x.data;
    for (std::int64_t position : positions) {
        for (std::int64_t c = 0; c < x.heads * x.head_dim; ++c)
            row[c] = static_cast<float>(std::sin(pitch * static_cast<double>((position + 1) * (c + 3))));
        row += x.row_stride;
    }
}

int main(int argc, char** argv) {
    comm::Environment mpi(argc, argv);  // MPI runs already? comm::adopt(your_communicator) instead of these two
    const auto world = comm::Communicator::world();

    const attention::Shape shape{.batch = 1, .heads = 8, .kv_heads = 2, .head_dim = 64};
    const ring::Partition partition(ring::Scheme::zigzag, 1001, world.size());
    ring::RingAttention ring(world, partition, shape, {.mask = {.is_causal = true}});

    const std::int64_t L = ring.rows();  // of this rank; positions() says which
    const auto size = static_cast<std::size_t>(L * shape.heads * shape.head_dim);
    std::vector<float> q(size), out(size), out_gradient(size), dq(size), lse(static_cast<std::size_t>(shape.heads * L));
    std::vector<float> dk(size / 4), dv(size / 4);  // 2 heads of keys and values for 8 of queries
    const auto tensor = [&](std::vector<float>& x, std::int64_t heads) {
        return attention::Heads(x.data(), shape.batch, L, heads, shape.head_dim);
    };
    auto own = ring.make_block();  // keys and values are written where they travel from
    fill(tensor(q, 8), ring.positions(), 0.37);
    fill(own.k(), ring.positions(), 0.53);
    fill(own.v(), ring.positions(), 0.71);
    fill(tensor(out_gradient, 8), ring.positions(), 0.11);

    const auto start = std::chrono::steady_clock::now();
    ring.forward(tensor(q, 8), own, tensor(out, 8), lse);
    ring.backward(tensor(q, 8), own, tensor(out, 8), lse, tensor(out_gradient, 8), tensor(dq, 8), tensor(dk, 2),
                  tensor(dv, 2));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

    std::vector<double> squares(4);  // |out|², |dq|², |dk|², |dv|² over all ranks
    for (float x : out) squares[0] += double{x} * x;
    for (float x : dq) squares[1] += double{x} * x;
    for (float x : dk) squares[2] += double{x} * x;
    for (float x : dv) squares[3] += double{x} * x;
    world.sum(std::span(squares));
    const double seconds = world.max(elapsed.count());
    if (world.is_root())
        std::printf("checksum %.6f %.6f %.6f %.6f, %d ranks, %.3f s\n", squares[0], squares[1], squares[2], squares[3],
                    world.size(), seconds);
}
