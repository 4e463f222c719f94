// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "gridring/core/error.hpp"
#include "ring_run.hpp"

using namespace gridring;
using attention::Shape;
using ring::Scheme;

namespace {

const comm::Communicator& world() { return test::world(); }

/// Positions of this rank that lie before `step`.
std::size_t rows_before(attention::Positions positions, std::int64_t step) {
    return static_cast<std::size_t>(std::ranges::lower_bound(positions, step) - positions.begin());
}

}  // namespace

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

TEST_CASE("the same call gives the same bits, however the blocks travel") {
    const Shape shape{2, 4, 2, 20};
    auto problem = test::random_problem(shape, 97, true, 5, 1, 0.2);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 6);
    for (const std::int64_t W : {0, 11}) {
        for (const auto rotation : {ring::BackwardRotation::key_values, ring::BackwardRotation::queries}) {
            for (const auto wire : {ring::Wire::fp32, ring::Wire::bf16}) {
                const auto once = [&](comm::ExchangeMethod method) {
                    ring::RingAttention ring(
                        world(), {Scheme::zigzag, 97, world().size()}, shape,
                        {.mask = {true, W}, .exchange = method, .wire = wire, .backward = rotation, .threads = 2});
                    return test::run_ring(ring, problem, dout);
                };
                const auto first = once(comm::ExchangeMethod::sendrecv);
                for (const auto method : {comm::ExchangeMethod::sendrecv, comm::ExchangeMethod::nonblocking}) {
                    const auto again = once(method);
                    CHECK(again.out == first.out);
                    CHECK(again.lse == first.lse);
                    CHECK(again.dq == first.dq);
                    CHECK(again.dk == first.dk);
                    CHECK(again.dv == first.dv);
                }
            }
        }
    }
}

TEST_CASE("a rank that comes two seconds late delays the others and changes nothing") {
    if (world().size() == 1) return;
    const Shape shape{1, 2, 2, 64};  // blocks of 100 kB and more: beyond what MPI sends ahead
    const auto problem = test::random_problem(shape, 1200, true, 9);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 10);
    ring::RingAttention ring(world(), {Scheme::zigzag, 1200, world().size()}, shape,
                             {.exchange = comm::ExchangeMethod::nonblocking});
    const auto in_step = test::run_ring(ring, problem, dout);
    ring.reset_telemetry();
    if (world().rank() == 1) std::this_thread::sleep_for(std::chrono::seconds{2});
    const auto late = test::run_ring(ring, problem, dout);
    CHECK(late.out == in_step.out);
    CHECK(late.dk == in_step.dk);
    double exposed = 0, burnt = 0;
    for (const auto& hop : ring.telemetry().forward) exposed += hop.exposed_seconds, burnt += hop.exchange_cpu_seconds;
    if (world().rank() != 1) {  // waited, and slept while it did
        CHECK(exposed > 1);
        CHECK(burnt > 0);
        CHECK(burnt < 1);
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
    const std::int64_t W = world().is_root() ? 3 : 4;
    const auto window = [&] {
        ring::RingAttention(world(), {Scheme::zigzag, 9, world().size()}, {1, 1, 1, 4}, {.mask = {true, W}});
    };
    if (world().size() > 1) CHECK_THROWS_WITH_AS(window(), doctest::Contains("window 4"), CommError);
    CHECK_THROWS_AS(ring::RingAttention(world(), {Scheme::zigzag, 8, world().size() + 1}, {}, {}), BugError);
    CHECK_THROWS_AS(ring::RingAttention(world(), {Scheme::zigzag, 8, world().size()}, {1, 3, 2, 4}, {}), BugError);
}

TEST_CASE("tensors of another shape are refused before anything is sent") {
    const Shape shape{1, 2, 1, 4};
    ring::RingAttention ring(world(), {Scheme::contiguous, 4 * world().size(), world().size()}, shape, {});
    auto own = ring.make_block();
    CHECK(own.bytes().size() == 2 * 4 * 4 * 4 + 1);  // K, V and validity bits of 4 rows
    CHECK(own.segments().empty());
    std::vector<float> q(40), out(40), lse(8), short_lse(7);
    const attention::Heads good(q.data(), 1, 4, 2, 4), result(out.data(), 1, 4, 2, 4), bad(q.data(), 1, 5, 2, 4);
    CHECK_THROWS_AS(ring.forward(bad, own, result, lse), BugError);
    CHECK_THROWS_AS(ring.forward(good, own, result, short_lse), BugError);
    CHECK_THROWS_AS(ring.forward(good, ring::KeyValueBlock(shape, 3), result, lse), BugError);
    CHECK_THROWS_AS(ring.forward(good, ring::KeyValueBlock(shape, 4, true), result, lse), BugError);  // packed
    ring.forward(good, own, result, lse);                                                             // still in step
    for (std::size_t i = 0; i < lse.size(); ++i)  // q and k are 0: position t sees t + 1 equal keys
        CHECK(lse[i] == doctest::Approx(std::log(static_cast<double>(ring.positions()[i % 4]) + 1)));
}

TEST_CASE("names of what travels") {
    for (const auto wire : {ring::Wire::fp32, ring::Wire::bf16}) CHECK(ring::parse_wire(to_string(wire)) == wire);
    CHECK_THROWS_AS(ring::parse_wire("fp64"), ConfigError);
    for (const auto rotation :
         {ring::BackwardRotation::automatic, ring::BackwardRotation::key_values, ring::BackwardRotation::queries})
        CHECK(ring::parse_backward_rotation(to_string(rotation)) == rotation);
    CHECK_THROWS_AS(ring::parse_backward_rotation("v"), ConfigError);
}
