// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "gridring/core/error.hpp"
#include "ring_run.hpp"

using namespace gridring;
using attention::Shape;
using ring::Scheme;

namespace {

const comm::Communicator& world() { return test::world(); }

std::uint64_t gradient_bytes(const Shape& shape, std::int64_t rows) {
    return static_cast<std::uint64_t>(2 * 4 * shape.batch * rows * shape.kv_heads * shape.head_dim);
}
std::uint64_t block_bytes(const Shape& shape, std::int64_t rows) {
    return gradient_bytes(shape, rows) + static_cast<std::uint64_t>(shape.batch * ((rows + 7) / 8));
}

struct Traffic {
    std::uint64_t messages = 0, bytes = 0;
};
Traffic total(const std::vector<ring::HopCost>& hops) {
    Traffic sum;
    for (const auto& hop : hops) sum.messages += hop.messages_sent, sum.bytes += hop.bytes_sent;
    return sum;
}

/// Positions of this rank that lie before `step`.
std::size_t rows_before(attention::Positions positions, std::int64_t step) {
    return static_cast<std::size_t>(std::ranges::lower_bound(positions, step) - positions.begin());
}

}  // namespace

TEST_CASE("messages and bytes are those of the formulas") {
    const auto P = static_cast<std::uint64_t>(world().size());
    const Shape shape{2, 4, 2, 20};
    for (const std::int64_t steps : {0, 1, 31, 258}) {
        for (const auto method : {comm::ExchangeMethod::sendrecv, comm::ExchangeMethod::nonblocking}) {
            const ring::Partition split(Scheme::zigzag, steps, world().size());
            ring::RingAttention ring(world(), split, shape,
                                     {.exchange = method, .backward = ring::BackwardRotation::key_values});
            const auto problem = test::random_problem(shape, steps, true, 1);
            const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 2);
            for (int call = 0; call < 2; ++call) test::run_ring(ring, problem, dout);

            std::uint64_t blocks = 0, gradients = 0;  // what this rank passes on in one call
            for (int hop = 0; hop < world().size(); ++hop) {
                const auto rows = split.rows((world().rank() + world().size() - hop) % world().size());
                if (hop + 1 < world().size()) blocks += block_bytes(shape, rows);
                if (hop > 0) gradients += gradient_bytes(shape, rows);  // the own block's stays here
            }
            const auto& telemetry = ring.telemetry();
            CHECK(telemetry.forward_calls == 2);
            CHECK(telemetry.backward_calls == 2);
            CHECK(telemetry.forward.size() == P);
            CHECK(total(telemetry.forward).messages == 2 * (P - 1));
            CHECK(total(telemetry.forward).bytes == 2 * blocks);
            CHECK(total(telemetry.backward).messages == 2 * 2 * (P - 1));
            CHECK(total(telemetry.backward).bytes == 2 * (blocks + gradients));
            if (steps == 258) CHECK(telemetry.forward.front().compute_seconds > 0);
            if (P > 1) CHECK(telemetry.backward.back().transfer_seconds > 0);
            CHECK(telemetry.forward.back().transfer_seconds == 0);

            ring.reset_telemetry();
            CHECK(telemetry.forward_calls == 0);
            CHECK(telemetry.backward.size() == P);
            CHECK(total(telemetry.backward).bytes == 0);
        }
    }
}

TEST_CASE("changing a future hour changes no past output, bit for bit") {
    const std::int64_t T = 131, first_changed = 67;
    const Shape shape{1, 2, 1, 16};
    const auto problem = test::random_problem(shape, T, true, 3);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 4);
    auto changed = problem;
    for (auto* tensor : {&changed.q, &changed.k, &changed.v}) {
        const auto first = tensor->size() / T * first_changed;
        for (std::size_t i = first; i < tensor->size(); ++i)
            (*tensor)[i] = static_cast<float>(100 * std::cos(static_cast<double>(i)));
    }
    for (const auto scheme : {Scheme::contiguous, Scheme::zigzag, Scheme::striped}) {
        ring::RingAttention ring(world(), {scheme, T, world().size()}, shape, {});
        const auto before = test::run_ring(ring, problem, dout), after = test::run_ring(ring, changed, dout);
        const auto past = rows_before(ring.positions(), first_changed), rows = static_cast<std::size_t>(ring.rows());
        INFO("rank ", world().rank(), " ", std::string(to_string(scheme)));
        for (std::size_t l = 0; l < rows; ++l) {
            const auto row = [&](const test::RingResult& result) {
                std::vector<float> values(result.out.begin() + static_cast<std::ptrdiff_t>(l * 32),
                                          result.out.begin() + static_cast<std::ptrdiff_t>(l * 32 + 32));
                values.push_back(result.lse[l]), values.push_back(result.lse[rows + l]);
                return values;
            };
            CHECK((row(before) == row(after)) == (l < past));  // and every later row did change
        }
    }
}

TEST_CASE("the same call gives the same bits") {
    const Shape shape{2, 4, 2, 20};
    const auto problem = test::random_problem(shape, 97, true, 5, 1, 0.2);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 6);
    const auto once = [&](comm::ExchangeMethod method) {
        ring::RingAttention ring(world(), {Scheme::zigzag, 97, world().size()}, shape, {.exchange = method});
        return test::run_ring(ring, problem, dout);
    };
    const auto first = once(comm::ExchangeMethod::sendrecv);
    for (const auto method : {comm::ExchangeMethod::sendrecv, comm::ExchangeMethod::nonblocking}) {
        const auto again = once(method);
        CHECK(again.out == first.out);
        CHECK(again.dq == first.dq);
        CHECK(again.dk == first.dk);
        CHECK(again.dv == first.dv);
    }
}

TEST_CASE("a key on one rank moves the loss on another as its gradient says") {
    // Central differences through the ring itself: what a backward pass that sees its own keys alone would fail.
    const Shape shape{1, 1, 1, 4};
    const std::int64_t T = 9;
    auto problem = test::random_problem(shape, T, false, 7);
    const auto weights = test::normal(static_cast<std::int64_t>(problem.q.size()), 8);
    ring::RingAttention ring(world(), {Scheme::contiguous, T, world().size()}, shape, {.mask = {false}});
    const auto loss = [&] {
        const auto result = test::run_ring(ring, problem, weights);
        const auto mine = test::rows_at(weights, 1, 4, ring.positions());
        double sum = 0;
        for (std::size_t i = 0; i < mine.size(); ++i)
            sum += static_cast<double>(result.out[i]) * static_cast<double>(mine[i]);
        world().sum(std::span(&sum, 1));
        return sum;
    };
    const auto gradient = test::run_ring(ring, problem, weights).dk;
    for (std::int64_t t = 0; t < T; ++t) {
        double& key = problem.k[static_cast<std::size_t>(4 * t + 1)];
        const double value = key, step = 1.0 / 128;
        key = value + step;
        const double above = loss();
        key = value - step;
        const double below = loss();
        key = value;
        const auto found = std::ranges::find(ring.positions(), t);
        if (found == ring.positions().end()) continue;
        const auto row = static_cast<std::size_t>(found - ring.positions().begin());
        CHECK(std::abs((above - below) / (2 * step) - static_cast<double>(gradient[4 * row + 1])) <
              1e-3);  // fp32 loss, step²
    }
}

TEST_CASE("ranks built for different problems are told so, all of them") {
    const std::int64_t T = world().rank() == world().size() - 1 ? 12 : 10;
    const auto build = [&] { ring::RingAttention(world(), {Scheme::zigzag, T, world().size()}, {1, 1, 1, 4}, {}); };
    if (world().size() > 1) CHECK_THROWS_WITH_AS(build(), doctest::Contains("T 12"), CommError);
    CHECK_THROWS_AS(ring::RingAttention(world(), {Scheme::zigzag, 8, world().size() + 1}, {}, {}), BugError);
    CHECK_THROWS_AS(ring::RingAttention(world(), {Scheme::zigzag, 8, world().size()}, {1, 3, 2, 4}, {}), BugError);
}

TEST_CASE("tensors of another shape are refused before anything is sent") {
    const Shape shape{1, 2, 1, 4};
    ring::RingAttention ring(world(), {Scheme::contiguous, 4 * world().size(), world().size()}, shape, {});
    auto own = ring.make_block();
    CHECK(own.bytes().size() == block_bytes(shape, 4));
    std::vector<float> q(40), out(40), lse(8), short_lse(7);
    const attention::Heads good(q.data(), 1, 4, 2, 4), result(out.data(), 1, 4, 2, 4), bad(q.data(), 1, 5, 2, 4);
    CHECK_THROWS_AS(ring.forward(bad, own, result, lse), BugError);
    CHECK_THROWS_AS(ring.forward(good, own, result, short_lse), BugError);
    CHECK_THROWS_AS(ring.forward(good, ring::KeyValueBlock(shape, 3), result, lse), BugError);
    ring.forward(good, own, result, lse);         // still in step
    for (std::size_t i = 0; i < lse.size(); ++i)  // q and k are 0: position t sees t + 1 equal keys
        CHECK(lse[i] == doctest::Approx(std::log(static_cast<double>(ring.positions()[i % 4]) + 1)));
}
