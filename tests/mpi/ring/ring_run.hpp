// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "gridring/ring/ring_attention.hpp"
#include "support/attention_problem.hpp"
#include "support/compare.hpp"
#include "support/mpi.hpp"

namespace gridring::test {

/// What one rank holds of the outcome of a ring pass over a whole problem.
struct RingResult {
    std::vector<float> out, lse, dq, dk, dv;
};

/// Runs forward on this rank's part of `problem`, and backward on `behind`, of the same kind. Every rank knows the
/// whole problem: same seed.
inline RingResult run_ring(ring::RingAttention& ring, ring::RingAttention& behind,
                           const attention::reference::Problem& problem, const std::vector<double>& out_gradient) {
    const auto& [batch, heads, kv_heads, D] = problem.shape;
    const auto positions = ring.positions();
    const auto L = ring.rows();
    auto own = ring.make_block();
    std::ranges::copy(rows_at(problem.k, batch, kv_heads * D, positions), own.k().data);
    std::ranges::copy(rows_at(problem.v, batch, kv_heads * D, positions), own.v().data);
    set_validity(problem.is_valid, batch, positions, own.validity());
    if (!problem.segments.empty())
        std::ranges::copy(columns_at(problem.segments, batch, positions), own.segments().begin());
    auto q = rows_at(problem.q, batch, heads * D, positions), dout = rows_at(out_gradient, batch, heads * D, positions);

    const auto query = [&](std::vector<float>& values) {
        values.resize(q.size());
        return attention::Heads(values.data(), batch, L, heads, D);
    };
    const auto key = [&](std::vector<float>& values) {
        values.assign(static_cast<std::size_t>(batch * L * kv_heads * D), 7.0F);  // backward replaces what is there
        return attention::Heads(values.data(), batch, L, kv_heads, D);
    };
    RingResult result;
    result.lse.resize(static_cast<std::size_t>(batch * heads * L));
    ring.forward(query(q), own, query(result.out), result.lse);
    behind.backward(query(q), own, query(result.out), result.lse, query(dout), query(result.dq), key(result.dk),
                    key(result.dv));
    return result;
}
inline RingResult run_ring(ring::RingAttention& ring, const attention::reference::Problem& problem,
                           const std::vector<double>& out_gradient) {
    return run_ring(ring, ring, problem, out_gradient);
}

/// This rank's part of the oracle's answer.
inline RingResult dense_part(const attention::reference::Problem& problem, const attention::reference::Output& output,
                             const attention::reference::Gradients& gradients, attention::Positions positions) {
    const auto& [batch, heads, kv_heads, D] = problem.shape;
    return {rows_at(output.out, batch, heads * D, positions),
            to_float(columns_at(output.lse, batch * heads, positions)),
            rows_at(gradients.dq, batch, heads * D, positions), rows_at(gradients.dk, batch, kv_heads * D, positions),
            rows_at(gradients.dv, batch, kv_heads * D, positions)};
}

}  // namespace gridring::test
