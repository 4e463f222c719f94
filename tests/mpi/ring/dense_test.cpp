// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "solved.hpp"

using namespace gridring;
using attention::Shape;
using ring::BackwardRotation;
using ring::Scheme;
using test::ring_against_dense;
using test::Solved;

namespace {

const comm::Communicator& world() { return test::world(); }

/// The first two steps of the first sequence are missing: under a causal mask their rows have no key.
Solved with_holes(const Shape& shape, std::int64_t steps, bool is_causal, double hole_share) {
    auto problem = test::random_problem(shape, steps, is_causal, 21, 1, hole_share);
    for (std::size_t t = 0; t < std::min<std::size_t>(2, problem.is_valid.size()); ++t) problem.is_valid[t] = 0;
    return Solved(problem);
}

/// A backend that forgets to shrink what it has accumulated when a new block raises the maximum; `rescales` puts that
/// right.
template <bool rescales>
void accumulate_by_merging(const attention::QueryView& queries, const attention::KeyValueView& block,
                           const attention::Scoring& scoring, const attention::SoftmaxState& state,
                           math::ThreadTeam& team) {
    const auto& q = queries.q;
    const std::int64_t heads = q.heads, L = q.rows, D = q.head_dim;
    std::vector<float> acc(static_cast<std::size_t>(q.batch * L * heads * D)), maxima(state.max.size()),
        sums(maxima.size());
    const attention::SoftmaxState fresh{attention::Heads(acc.data(), q.batch, L, heads, D), maxima, sums};
    attention::reset(fresh, team);
    attention::eigen_backend().accumulate(queries, block, scoring, fresh, team);
    for (std::int64_t row = 0; row < q.batch * heads * L; ++row) {
        const auto i = static_cast<std::size_t>(row);
        const std::int64_t b = row / (heads * L), h = row / L % heads, l = row % L;
        const float max = std::max(state.max[i], fresh.max[i]);
        if (fresh.sum[i] == 0) continue;
        const float old_share = rescales ? std::exp2(state.max[i] - max) : 1.0F,
                    new_share = rescales ? std::exp2(fresh.max[i] - max) : 1.0F;
        for (std::int64_t d = 0; d < D; ++d) {
            float& old = state.acc.head(b, h).row(l)[d];
            old = old * old_share + fresh.acc.head(b, h).row(l)[d] * new_share;
        }
        state.sum[i] = state.sum[i] * old_share + fresh.sum[i] * new_share;
        state.max[i] = max;
    }
}

}  // namespace

TEST_CASE("ring attention equals dense attention: every length, partition, exchange method and rotation") {
    const int P = world().size();
    for (const std::int64_t steps : {1, 2, P - 1, P, P + 1, 7, 31, 257}) {
        for (const bool is_causal : {false, true}) {
            const Solved solved(test::random_problem({2, 4, 2, 20}, steps, is_causal, 11));
            for (const auto scheme : test::schemes) {
                for (const auto method : {comm::ExchangeMethod::sendrecv, comm::ExchangeMethod::nonblocking}) {
                    for (const auto rotation : {BackwardRotation::key_values, BackwardRotation::queries}) {
                        INFO("rank ", world().rank(), " of ", P, " T ", steps, " causal ", is_causal, " ",
                             std::string(to_string(scheme)), " ", std::string(to_string(rotation)));
                        CHECK(ring_against_dense(solved, scheme, {.exchange = method, .backward = rotation}) == "");
                    }
                }
            }
        }
    }
}

TEST_CASE("ring attention equals dense attention: grouped heads, head widths and missing keys") {
    for (const std::int64_t kv_heads : {4, 2, 1}) {
        for (const std::int64_t head_dim : {16, 20, 64}) {
            for (const bool is_causal : {false, true}) {
                for (const double hole_share : {0.0, 0.35}) {
                    const auto solved = with_holes({2, 4, kv_heads, head_dim}, 61, is_causal, hole_share);
                    INFO("rank ", world().rank(), " kv_heads ", kv_heads, " head_dim ", head_dim, " causal ", is_causal,
                         " holes ", hole_share);
                    for (const auto scheme : {Scheme::zigzag, Scheme::striped})
                        CHECK(ring_against_dense(solved, scheme, {}) == "");
                }
            }
        }
    }
}

TEST_CASE("a backend without softmax rescaling is found out") {
    constexpr auto backward = [](const attention::BackwardBlock& step, const attention::Scoring& scoring,
                                 math::ThreadTeam& team) { attention::eigen_backend().backward(step, scoring, team); };
    const attention::Backend mutant{"mutant", "", accumulate_by_merging<false>, backward},
        control{"control", "", accumulate_by_merging<true>, backward};
    const Solved solved(test::random_problem({2, 4, 2, 16}, 31, false, 31));
    const bool mutant_passes = ring_against_dense(solved, Scheme::zigzag, {.backend = &mutant}) == "";
    CHECK(mutant_passes == (world().size() == 1));  // one block needs no rescaling
    CHECK(ring_against_dense(solved, Scheme::zigzag, {.backend = &control}) == "");
}

TEST_CASE("the answer does not depend on the number of ranks") {
    // Rings of one and of two ranks inside this one, each over the whole sequence.
    const std::int64_t T = 129;
    const Solved solved(test::random_problem({1, 2, 1, 16}, T, true, 41));
    for (const int ring_size : {1, 2}) {
        if (world().size() % ring_size != 0) continue;
        const auto part = world().split(world().rank() / ring_size, world().rank());
        ring::RingAttention ring(part, {Scheme::zigzag, T, part.size()}, solved.problem.shape, {});
        const auto result = test::run_ring(ring, solved.problem, solved.out_gradient);
        CHECK(broken_gates(result, test::dense_part(solved.problem, solved.output, solved.gradients, ring.positions()),
                           test::Gates{}) == "");
    }
}
