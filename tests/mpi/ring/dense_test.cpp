// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>

#include "ring_run.hpp"

using namespace gridring;
using attention::Shape;
using ring::Scheme;

namespace {

// reference/attention.md: five to ten times what was measured on N(0,1) inputs, whatever the number of ranks.
constexpr double out_gate = 5e-6, lse_gate = 1e-5, gradient_gate = 2e-5, relative_gate = 3e-6;

void check_close(const test::RingResult& actual, const test::RingResult& expected) {
    CHECK(test::distance(actual.out, expected.out).max_abs < out_gate);
    CHECK(test::distance(actual.lse, expected.lse).max_abs < lse_gate);
    const std::vector<float>* const pairs[][2] = {{&actual.dq, &expected.dq},
                                                  {&actual.dk, &expected.dk},
                                                  {&actual.dv, &expected.dv},
                                                  {&actual.out, &expected.out}};
    for (const auto& [mine, oracle] : pairs) CHECK(test::distance(*mine, *oracle).max_abs < gradient_gate);
}

ring::Partition partition(Scheme scheme, std::int64_t steps) {
    std::vector<double> weights;
    if (scheme == Scheme::weighted)
        for (int rank = 0; rank < test::world().size(); ++rank) weights.push_back(rank % 2 == 0 ? 1.0 : 2.5);
    return {scheme, steps, test::world().size(), weights};
}

}  // namespace

TEST_CASE("ring attention equals dense attention") {
    const int P = test::world().size();
    const Shape shape{2, 4, 2, 20};
    for (const std::int64_t steps : {1, 2, P - 1, P, P + 1, 7, 31, 257}) {
        for (const bool is_causal : {false, true}) {
            const auto problem = test::random_problem(shape, steps, is_causal, 11);
            const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 12);
            const auto output = attention::reference::forward(problem);
            const auto gradients = attention::reference::backward(problem, dout);
            for (const auto scheme : {Scheme::contiguous, Scheme::zigzag, Scheme::striped, Scheme::weighted}) {
                for (const auto method : {comm::ExchangeMethod::sendrecv, comm::ExchangeMethod::nonblocking}) {
                    INFO("rank ", test::world().rank(), " of ", P, " T ", steps, " causal ", is_causal);
                    ring::RingAttention ring(test::world(), partition(scheme, steps), shape,
                                             {.mask = {is_causal}, .exchange = method});
                    check_close(test::run_ring(ring, problem, dout),
                                test::dense_part(problem, output, gradients, ring.positions()));
                }
            }
        }
    }
}
