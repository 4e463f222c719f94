// SPDX-License-Identifier: MIT
// The exchange through shared memory: on one node, and on as many as this machine can be made out to be.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "gridring/core/error.hpp"
#include "solved.hpp"
#include "support/pretended_nodes.hpp"

using namespace gridring;
using attention::Mask;
using attention::Shape;
using comm::ExchangeMethod;
using ring::Scheme;
using ring::Wire;
using test::PretendedNodes;
using test::ring_against_dense;
using test::Solved;

namespace {

const comm::Communicator& world() { return test::world(); }

/// Ranks a node with which the ranks of this program make even nodes; all of them last.
std::vector<int> node_sizes() {
    std::vector<int> sizes;
    for (int n = 1; n <= world().size(); ++n)
        if (world().size() % n == 0) sizes.push_back(n);
    return sizes;
}

bool are_same(const test::RingResult& a, const test::RingResult& b) {
    return a.out == b.out && a.lse == b.lse && a.dq == b.dq && a.dk == b.dk && a.dv == b.dv;
}

test::RingResult run_with(const Solved& solved, ring::Options options, Scheme scheme = Scheme::zigzag) {
    options.mask = solved.problem.mask;
    options.is_packed = !solved.problem.segments.empty();
    ring::RingAttention ring(world(), test::partition(scheme, solved.problem.steps), solved.problem.shape, options);
    return test::run_ring(ring, solved.problem, solved.out_gradient);
}

struct Traffic {
    std::uint64_t messages = 0, bytes = 0;
    bool operator==(const Traffic&) const = default;
};
Traffic total(const std::vector<ring::HopCost>& hops) {
    Traffic sum;
    for (const auto& hop : hops) sum.messages += hop.messages_sent, sum.bytes += hop.bytes_sent;
    return sum;
}

}  // namespace

TEST_CASE("shared exchange equals dense attention: every length, partition, mask and kind of node") {
    const int P = world().size();
    for (const std::int64_t steps : {1, P - 1, P + 1, 31, 129}) {
        for (const bool is_causal : {false, true}) {
            const Solved solved(test::random_problem({2, 4, 2, 20}, steps, is_causal, 11, 1, 0.2));
            for (const int n : node_sizes()) {
                const PretendedNodes nodes(n);
                for (const auto scheme : test::schemes) {
                    INFO("rank ", world().rank(), " of ", P, ", ", n, " a node, T ", steps, " causal ", is_causal, " ",
                         std::string(to_string(scheme)));
                    CHECK(ring_against_dense(solved, scheme, {.exchange = ExchangeMethod::shared}) == "");
                }
            }
        }
    }
}

TEST_CASE("shared exchange with windows, packed sequences, threads, another backend") {
    auto problem = test::random_problem({2, 4, 1, 16}, 97, true, 12);
    problem.segments.resize(2 * 97);
    for (std::size_t i = 0; i < problem.segments.size(); ++i)
        problem.segments[i] = static_cast<std::int32_t>(i % 97 / 20);
    const Solved packed(problem);
    for (const int n : node_sizes()) {
        const PretendedNodes nodes(n);
        INFO("rank ", world().rank(), ", ", n, " a node");
        CHECK(ring_against_dense(packed, Scheme::zigzag, {.exchange = ExchangeMethod::shared, .threads = 2}) == "");
        CHECK(ring_against_dense(packed, Scheme::striped,
                                 {.exchange = ExchangeMethod::shared, .backend = &attention::eigen_backend()}) == "");
    }
    for (const Mask mask : {Mask{true, 1}, Mask{true, 9}, Mask{false, 30}, Mask{true, 200}}) {
        auto windowed = test::random_problem({1, 2, 2, 16}, 97, true, 13);
        windowed.mask = mask;
        const Solved solved(windowed);
        for (const int n : node_sizes()) {
            const PretendedNodes nodes(n);
            INFO("rank ", world().rank(), ", ", n, " a node, window ", mask.window);
            for (const auto scheme : {Scheme::contiguous, Scheme::zigzag})
                CHECK(ring_against_dense(solved, scheme, {.exchange = ExchangeMethod::shared}) == "");
        }
    }
}

TEST_CASE("where blocks come in the same order, shared gives the bits of sendrecv; always its own bits again") {
    for (const double hole_share : {0.0, 0.2}) {
        const Solved solved(test::random_problem({2, 4, 2, 20}, 131, true, 14, 1, hole_share));
        const auto sent = run_with(solved, {.backward = ring::BackwardRotation::key_values, .threads = 2});
        for (const int n : node_sizes()) {
            const PretendedNodes nodes(n);
            const auto shared = run_with(solved, {.exchange = ExchangeMethod::shared, .threads = 2});
            INFO("rank ", world().rank(), ", ", n, " a node");
            CHECK(are_same(run_with(solved, {.exchange = ExchangeMethod::shared, .threads = 2}), shared));
            if (n == 1 || n == world().size()) CHECK(are_same(shared, sent));
            CHECK(test::broken_gates(shared, sent, {}) == "");
        }
    }
}

TEST_CASE("bf16 is for the way between nodes alone") {
    const Solved solved(test::random_problem({1, 4, 2, 16}, 64, true, 15));
    const auto exact = run_with(solved, {.exchange = ExchangeMethod::shared});
    CHECK(are_same(run_with(solved, {.exchange = ExchangeMethod::shared, .wire = Wire::bf16}), exact));  // one node
    const auto sent = run_with(solved, {.wire = Wire::bf16, .backward = ring::BackwardRotation::key_values});
    for (const int n : node_sizes()) {
        const PretendedNodes nodes(n);
        const auto rounded = run_with(solved, {.exchange = ExchangeMethod::shared, .wire = Wire::bf16});
        if (n == 1) CHECK(are_same(rounded, sent));
        CHECK(test::distance(rounded.out, exact.out).max_abs < 2e-2);
        CHECK(test::distance(rounded.dk, exact.dk).max_abs < 1e-1);
        if (n < world().size() && solved.problem.steps >= world().size()) {
            double difference = test::distance(rounded.out, exact.out).max_abs;
            CHECK(world().max(difference) > 0);
        }
    }
}

TEST_CASE("messages and bytes: none on one node, N-1 blocks and N-1 sums a rank between N") {
    const Shape shape{2, 4, 2, 20};
    const int P = world().size();
    for (const auto wire : {Wire::fp32, Wire::bf16}) {
        const ring::Partition split(Scheme::zigzag, 131, P);
        const auto problem = test::random_problem(shape, 131, true, 16);
        for (const int n : node_sizes()) {
            const PretendedNodes nodes(n);
            ring::RingAttention ring(world(), split, shape, {.exchange = ExchangeMethod::shared, .wire = wire});
            test::run_ring(ring, problem, problem.q);
            Traffic forward, backward;
            const int N = P / n, node = world().rank() / n, index = world().rank() % n;
            for (int phase = 0; phase < N; ++phase) {
                const auto rows = split.rows((node - phase + N) % N * n + index);
                const auto values = static_cast<std::uint64_t>(2 * 2 * rows * 2 * 20);
                const auto block =
                    values * (wire == Wire::bf16 ? 2 : 4) + static_cast<std::uint64_t>(2 * ((rows + 7) / 8));
                if (phase + 1 < N) {
                    for (auto* sum : {&forward, &backward}) ++sum->messages, sum->bytes += block;
                }
                if (phase > 0) ++backward.messages, backward.bytes += 4 * values;
            }
            const auto& telemetry = ring.telemetry();
            INFO("rank ", world().rank(), ", ", n, " a node");
            CHECK(total(telemetry.forward) == forward);
            CHECK(total(telemetry.backward) == backward);
            if (N == 1) CHECK(total(telemetry.backward) == Traffic{});
            CHECK(std::ssize(telemetry.forward) == P);
            for (const auto* hops : {&telemetry.forward, &telemetry.backward})
                for (const auto& hop : *hops) CHECK(hop.compute_seconds > 0);
            ring.reset_telemetry();
            CHECK(std::ssize(telemetry.forward) == P);
        }
    }
}

TEST_CASE("automatic shares memory where it can, and sends where it cannot or a halo is less") {
    const int P = world().size();
    const auto taken = [&](Mask mask) {
        return ring::RingAttention(world(), {Scheme::contiguous, 100, P}, {1, 2, 1, 4},
                                   {.mask = mask, .exchange = ExchangeMethod::automatic})
            .exchange();
    };
    CHECK(taken({}) == (P == 1 ? ExchangeMethod::sendrecv : ExchangeMethod::shared));
    CHECK(taken({true, 3}) == (P == 1 ? ExchangeMethod::sendrecv : ExchangeMethod::shared));
    for (int n = 1; n < P; ++n) {
        const PretendedNodes nodes(n);
        const bool is_even = P % n == 0;
        CHECK(taken({}) == (is_even && n > 1 ? ExchangeMethod::shared : ExchangeMethod::sendrecv));
        CHECK(taken({true, 3}) == ExchangeMethod::sendrecv);
        const auto build = [&] {
            ring::RingAttention(world(), {Scheme::contiguous, 100, P}, {1, 2, 1, 4},
                                {.exchange = ExchangeMethod::shared});
        };
        if (!is_even) CHECK_THROWS_WITH_AS(build(), doctest::Contains("equally many neighbouring ranks"), ConfigError);
    }
}

TEST_CASE("blocks come from the ring that reads them") {
    const Shape shape{1, 2, 1, 4};
    const int P = world().size();
    ring::RingAttention shared(world(), {Scheme::contiguous, 4 * P, P}, shape, {.exchange = ExchangeMethod::shared});
    ring::RingAttention sent(world(), {Scheme::contiguous, 4 * P, P}, shape, {});
    ring::RingAttention longer(world(), {Scheme::contiguous, 4 * P + 1, P}, shape,
                               {.exchange = ExchangeMethod::shared});
    const auto block = shared.make_block(), other = sent.make_block();
    CHECK(shared.fits(block));
    CHECK_FALSE(shared.fits(other));
    CHECK_FALSE(longer.fits(block));  // on all ranks, though only one has a row more
    std::vector<float> q(32), out(32), lse(8);
    const attention::Heads queries(q.data(), 1, 4, 2, 4), result(out.data(), 1, 4, 2, 4);
    CHECK_THROWS_AS(shared.forward(queries, other, result, lse), BugError);
    shared.forward(queries, block, result, lse);
}

TEST_CASE("a block may be written again as soon as a call returns, whoever is late") {
    const Shape shape{1, 1, 1, 4};
    const int P = world().size();
    for (const int n : node_sizes()) {
        const PretendedNodes nodes(n);
        ring::RingAttention ring(world(), {Scheme::contiguous, 8 * P, P}, shape,
                                 {.mask = {false}, .exchange = ExchangeMethod::shared});
        auto own = ring.make_block();
        std::vector<float> zero(32), out(32), lse(8), dq(32), dk(32), dv(32), ones(32, 1.0F);
        const auto tensor = [](std::vector<float>& values) { return attention::Heads(values.data(), 1, 8, 1, 4); };
        bool is_right = true;
        for (int round = 0; round < 60; ++round) {
            if (round % P == world().rank()) std::this_thread::sleep_for(std::chrono::milliseconds{2});
            for (std::int64_t i = 0; i < 32; ++i) own.v().data[i] = static_cast<float>(round + world().rank());
            ring.forward(tensor(zero), own, tensor(out), lse);
            const float mean = static_cast<float>(round) + static_cast<float>(P - 1) / 2;  // all keys weigh the same
            for (const float x : out) is_right = is_right && std::abs(x - mean) < 1e-4F;
            if (round % 2 == 0) continue;
            ring.backward(tensor(zero), own, tensor(out), lse, tensor(ones), tensor(dq), tensor(dk), tensor(dv));
            for (const float x : dv) is_right = is_right && std::abs(x - 1.0F) < 1e-5F;
        }
        INFO("rank ", world().rank(), ", ", n, " a node");
        CHECK(is_right);
    }
}

TEST_CASE("a rank that comes late costs the others a wait, not a core") {
    if (world().size() == 1) return;
    const Shape shape{1, 1, 1, 4};
    ring::RingAttention ring(world(), {Scheme::contiguous, 8 * world().size(), world().size()}, shape,
                             {.exchange = ExchangeMethod::shared});
    const auto own = ring.make_block();
    std::vector<float> q(32), out(32), lse(8);
    world().barrier();
    if (world().rank() == 1) std::this_thread::sleep_for(std::chrono::milliseconds{600});
    ring.forward(attention::Heads(q.data(), 1, 8, 1, 4), own, attention::Heads(out.data(), 1, 8, 1, 4), lse);
    double exposed = 0, burnt = 0;
    for (const auto& hop : ring.telemetry().forward) exposed += hop.exposed_seconds, burnt += hop.exchange_cpu_seconds;
    if (world().rank() == 1) return;
    CHECK(exposed > 0.3);
    CHECK(burnt < 0.5 * exposed);
}
