// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "ring_run.hpp"

namespace gridring::test {

using Problem = attention::reference::Problem;

/// How far the ring may be off the oracle: the largest error of an element on a rank, and over all ranks relative L2.
/// The default is reference/attention.md's: five to ten times what was measured on N(0,1) inputs, whatever P is.
struct Gates {
    double out = 5e-6, lse = 1e-5, gradient = 2e-5;
    double relative_out = 3e-6, relative_gradient = 3e-6;
};

/// Speeds of the weighted scheme: 1, 2.5, 1, 2.5, …
inline ring::Partition partition(ring::Scheme scheme, std::int64_t steps) {
    std::vector<double> weights;
    if (scheme == ring::Scheme::weighted)
        for (int rank = 0; rank < world().size(); ++rank) weights.push_back(rank % 2 == 0 ? 1.0 : 2.5);
    return {scheme, steps, world().size(), weights};
}
inline constexpr ring::Scheme schemes[] = {ring::Scheme::contiguous, ring::Scheme::zigzag, ring::Scheme::striped,
                                           ring::Scheme::weighted};

/// Over the rows of all ranks: one rank's part of a gradient may be exactly 0. 0 where all of them are (a window of one
/// key has no dQ): then the error of an element says it. Collective.
inline double relative_l2(const Distance& distance) {
    double sums[] = {distance.squared_error, distance.squared_norm};
    world().sum(sums);
    return sums[1] == 0 ? 0.0 : Distance{0, sums[0], sums[1]}.relative_l2();
}

/// Collective. What breaks a gate on this rank, or, of the relative ones, over all ranks; "" when nothing does.
inline std::string broken_gates(const RingResult& actual, const RingResult& expected, const Gates& gates,
                                bool is_relative = true) {
    struct Part {
        std::string name;
        const std::vector<float>&actual, &expected;
        double gate, relative_gate;
    };
    std::string broken;
    for (const auto& [name, mine, oracle, gate, relative_gate] :
         {Part{"out", actual.out, expected.out, gates.out, gates.relative_out},
          Part{"lse", actual.lse, expected.lse, gates.lse, gates.relative_out},
          Part{"dq", actual.dq, expected.dq, gates.gradient, gates.relative_gradient},
          Part{"dk", actual.dk, expected.dk, gates.gradient, gates.relative_gradient},
          Part{"dv", actual.dv, expected.dv, gates.gradient, gates.relative_gradient}}) {
        const auto off = distance(mine, oracle);
        const double relative = is_relative ? relative_l2(off) : 0.0;
        if (off.max_abs < gate && relative < relative_gate) continue;
        broken += name + " is off by " + std::to_string(off.max_abs) + ", relative " + std::to_string(relative) + "; ";
    }
    return broken;
}

/// A problem with what the oracle says of it.
struct Solved {
    explicit Solved(Problem what, std::uint64_t seed = 1)
        : problem(std::move(what)),
          out_gradient(normal(static_cast<std::int64_t>(problem.q.size()), seed)),
          output(attention::reference::forward(problem)),
          gradients(attention::reference::backward(problem, out_gradient)) {}

    Problem problem;
    std::vector<double> out_gradient;
    attention::reference::Output output;
    attention::reference::Gradients gradients;
};

/// Collective. broken_gates() of the ring on `solved`, whose mask, scale and segments it takes over.
inline std::string ring_against_dense(const Solved& solved, ring::Scheme scheme, ring::Options options = {},
                                      const Gates& gates = {}) {
    const auto& problem = solved.problem;
    options.mask = problem.mask;
    options.scale = static_cast<float>(problem.scale);
    options.is_packed = !problem.segments.empty();
    ring::RingAttention ring(world(), partition(scheme, problem.steps), problem.shape, options);
    return broken_gates(run_ring(ring, problem, solved.out_gradient),
                        dense_part(problem, solved.output, solved.gradients, ring.positions()), gates,
                        problem.steps >= 7);
}

}  // namespace gridring::test
