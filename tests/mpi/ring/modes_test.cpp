// SPDX-License-Identifier: MIT
// Dense attention again, for everything that is not the plain causal or full mask of one sequence in fp32.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "solved.hpp"

using namespace gridring;
using attention::Shape;
using ring::BackwardRotation;
using ring::Scheme;
using ring::Wire;
using test::ring_against_dense;
using test::Solved;

namespace {

const comm::Communicator& world() { return test::world(); }
constexpr BackwardRotation rotations[] = {BackwardRotation::key_values, BackwardRotation::queries};

std::string here(Scheme scheme) {
    return "rank " + std::to_string(world().rank()) + " of " + std::to_string(world().size()) + ", " +
           std::string(to_string(scheme));
}

/// Keys and values rounded to 8 bits: relative L2 alone, as single elements are off by what their neighbours weigh.
constexpr test::Gates bf16_gates{0.05, 0.05, 0.5, 5e-3, 2e-2};

}  // namespace

TEST_CASE("sliding windows: of one key, within a rank, over its edge, over all") {
    const std::int64_t T = 61, L = T / world().size();
    for (const std::int64_t W : {std::int64_t{1}, std::int64_t{2}, std::int64_t{5}, L, L + 1, 2 * L, T - 1, T, 2 * T}) {
        for (const bool is_causal : {false, true}) {
            auto problem = test::random_problem({2, 4, 2, 20}, T, is_causal, 51, 1, 0.1);
            problem.mask.window = W;
            const Solved solved(problem);
            for (const auto scheme : test::schemes) {
                INFO(here(scheme), " W ", W, " causal ", is_causal);
                for (const auto rotation : rotations)
                    CHECK(ring_against_dense(solved, scheme, {.backward = rotation}) == "");
            }
        }
    }
}

TEST_CASE("windows on very few steps") {
    const int P = world().size();
    for (const std::int64_t T : {1, 2, P - 1, P, P + 1, 7}) {
        for (const bool is_causal : {false, true}) {
            auto problem = test::random_problem({1, 2, 1, 4}, T, is_causal, 52);
            problem.mask.window = 2;
            const Solved solved(problem);
            for (const auto scheme : test::schemes) {
                INFO(here(scheme), " T ", T, " causal ", is_causal);
                CHECK(ring_against_dense(solved, scheme) == "");
            }
        }
    }
}

TEST_CASE("packed sequences across the borders of ranks") {
    for (const double mean_run : {5.0, 40.0}) {
        for (const std::int64_t W : {0, 9}) {
            for (const bool is_causal : {false, true}) {
                auto problem = test::random_problem({2, 4, 2, 20}, 61, is_causal, 53, 1, 0.1);
                problem.mask.window = W;
                problem.segments = test::random_segments(2, 61, 54, mean_run);
                const Solved solved(problem);
                for (const auto scheme : test::schemes) {
                    INFO(here(scheme), " W ", W, " causal ", is_causal, " mean run ", mean_run);
                    for (const auto rotation : rotations)
                        CHECK(ring_against_dense(solved, scheme, {.backward = rotation}) == "");
                }
            }
        }
    }
}

TEST_CASE("keys and values in bf16 on the wire: exact at P = 1, within the rounding beyond") {
    for (const std::int64_t kv_heads : {4, 1}) {
        for (const std::int64_t W : {0, 21}) {
            auto problem = test::random_problem({2, 4, kv_heads, 32}, 129, true, 55, 1, 0.1);
            problem.mask.window = W;
            problem.segments = test::random_segments(2, 129, 56, 50);
            const Solved solved(problem);
            for (const auto scheme : {Scheme::contiguous, Scheme::zigzag, Scheme::striped}) {
                INFO(here(scheme), " kv_heads ", kv_heads, " W ", W);
                for (const auto rotation : rotations) {
                    const ring::Options options{.wire = Wire::bf16, .backward = rotation};
                    CHECK(ring_against_dense(solved, scheme, options, bf16_gates) == "");
                    const bool is_exact = ring_against_dense(solved, scheme, options) == "";
                    CHECK(world().sum(std::int64_t{is_exact}) == (world().size() == 1 ? 1 : 0));
                }
            }
        }
    }
}

TEST_CASE("with bf16 on the wire both rotations differentiate the pass that was made") {
    // Each pair of query and key has one pair of numbers, whichever of them travelled in the backward pass.
    auto problem = test::random_problem({2, 4, 2, 32}, 97, true, 61, 1, 0.1);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 62);
    const auto run = [&](BackwardRotation rotation) {
        ring::RingAttention ring(world(), test::partition(Scheme::zigzag, 97), problem.shape,
                                 {.wire = Wire::bf16, .backward = rotation});
        return test::run_ring(ring, problem, dout);
    };
    CHECK(broken_gates(run(BackwardRotation::queries), run(BackwardRotation::key_values), test::Gates{}) == "");
}

TEST_CASE("a backward pass needs no forward pass of the same instance before it") {
    auto problem = test::random_problem({2, 4, 4, 32}, 97, true, 63);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 64);
    for (const auto rotation : rotations) {
        const auto make = [&] {
            return ring::RingAttention(world(), test::partition(Scheme::zigzag, 97), problem.shape,
                                       {.wire = Wire::bf16, .backward = rotation});
        };
        auto both = make(), second = make();
        const auto expected = test::run_ring(both, problem, dout);
        const auto actual = test::run_ring(both, second, problem, dout);
        CHECK(actual.dq == expected.dq);
        CHECK(actual.dk == expected.dk);
        CHECK(actual.dv == expected.dv);
    }
}

TEST_CASE("another scale, and threads") {
    auto problem = test::random_problem({2, 4, 2, 20}, 97, true, 57, 1, 0.1);
    problem.scale = 0.5;
    const Solved solved(problem);
    for (const auto rotation : rotations) {
        for (const int threads : {1, 2}) {
            INFO(here(Scheme::zigzag), " threads ", threads);
            CHECK(ring_against_dense(solved, Scheme::zigzag, {.backward = rotation, .threads = threads}) == "");
        }
    }
}

TEST_CASE("exchanges that end before the rank computes change no bit") {
    for (const std::int64_t W : {0, 9}) {
        auto problem = test::random_problem({2, 4, 2, 20}, 61, true, 61, 1, 0.1);
        problem.mask.window = W;
        const auto out_gradient = test::normal(static_cast<std::int64_t>(problem.q.size()), 62);
        for (const auto rotation : rotations) {
            INFO(here(Scheme::contiguous), " W ", W, " ", to_string(rotation));
            const auto run = [&](bool overlap) {
                ring::RingAttention ring(world(), test::partition(Scheme::contiguous, 61), problem.shape,
                                         {.mask = problem.mask, .backward = rotation, .overlap = overlap});
                return test::run_ring(ring, problem, out_gradient);
            };
            const auto with = run(true), without = run(false);
            CHECK(with.out == without.out);
            CHECK(with.lse == without.lse);
            CHECK(with.dq == without.dq);
            CHECK(with.dk == without.dk);
            CHECK(with.dv == without.dv);
        }
    }
}

TEST_CASE("gaps between blocks above what exp can hold") {
    // Of N(0,30) queries, and keys that are four times as large in the later half of the sequence.
    auto problem = test::random_problem({1, 2, 2, 64}, 128, false, 58, 30);
    const auto early = problem;
    for (std::size_t i = problem.k.size() / 2; i < problem.k.size(); ++i) problem.k[i] *= 4;
    const Solved solved(problem);
    double most = 0;
    const auto lse = attention::reference::forward(early).lse;
    for (std::size_t i = 0; i < lse.size(); ++i) most = std::max(most, solved.output.lse[i] - lse[i]);
    CHECK(most > 88);
    constexpr test::Gates gates{1e-3, 1e-3, 2e-2, 1e-4, 1e-4};  // scores of some 300: fp32 holds them to 1e-5
    for (const auto rotation : rotations)
        CHECK(ring_against_dense(solved, Scheme::contiguous, {.backward = rotation}, gates) == "");
}

TEST_CASE("logits beyond 5e4 give finite numbers") {
    auto problem = test::random_problem({1, 2, 1, 64}, 65, false, 59, 30);
    problem.scale = 300;
    const auto lse = attention::reference::forward(problem).lse;
    CHECK(*std::ranges::max_element(lse) > 5e4);
    ring::RingAttention ring(world(), test::partition(Scheme::zigzag, 65), problem.shape,
                             {.mask = problem.mask, .scale = 300});
    const auto result = test::run_ring(ring, problem, test::normal(static_cast<std::int64_t>(problem.q.size()), 60));
    for (const auto* values : {&result.out, &result.lse, &result.dq, &result.dk, &result.dv})
        CHECK(std::ranges::all_of(*values, [](float x) { return std::isfinite(x); }));
    const auto mine = test::columns_at(lse, 2, ring.positions());
    for (std::size_t i = 0; i < mine.size(); ++i) CHECK(result.lse[i] == doctest::Approx(mine[i]).epsilon(1e-5));
}
