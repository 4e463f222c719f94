// SPDX-License-Identifier: MIT
// Messages and bytes of every way to rotate, against formulas; and the memory they travel in.
#include <doctest/doctest.h>

#include <string>

#include "ring/rotation.hpp"
#include "ring_run.hpp"

using namespace gridring;
using attention::Mask;
using attention::Shape;
using comm::ExchangeMethod;
using ring::BackwardRotation;
using ring::Partition;
using ring::Scheme;
using ring::Wire;

namespace {

const comm::Communicator& world() { return test::world(); }

struct Traffic {
    std::uint64_t messages = 0, bytes = 0;
    void add(std::int64_t more_bytes) { ++messages, bytes += static_cast<std::uint64_t>(more_bytes); }
    bool operator==(const Traffic&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Traffic& traffic) {
    return out << traffic.messages << " messages, " << traffic.bytes << " bytes";
}

Traffic total(const std::vector<ring::HopCost>& hops) {
    Traffic sum;
    for (const auto& hop : hops) sum.messages += hop.messages_sent, sum.bytes += hop.bytes_sent;
    return sum;
}

/// Bytes of what travels, by rows.
struct Formulas {
    Shape shape;
    Wire wire = Wire::fp32;
    bool is_packed = false;

    std::int64_t segments(std::int64_t rows) const { return is_packed ? 4 * shape.batch * rows : 0; }
    std::int64_t key_values(std::int64_t rows) const {
        const std::int64_t width = wire == Wire::bf16 ? 2 : 4;
        return 2 * width * shape.batch * rows * shape.kv_heads * shape.head_dim + segments(rows) +
               shape.batch * ((rows + 7) / 8);
    }
    std::int64_t key_value_gradients(std::int64_t rows) const {
        return 2 * 4 * shape.batch * rows * shape.kv_heads * shape.head_dim;
    }
    std::int64_t queries(std::int64_t rows) const {
        return (2 * shape.heads * shape.head_dim + 2 * shape.heads) * 4 * shape.batch * rows + segments(rows);
    }
    std::int64_t query_gradients(std::int64_t rows) const {
        return 4 * shape.batch * rows * shape.heads * shape.head_dim;
    }
};

struct Pass {
    Traffic forward, backward;
};

/// P-1 blocks, one's own first and the one that comes from next() never, and P-1 sums, which start at the first
/// visitor.
Pass ring_pass(const Formulas& of, const Partition& split, bool moves_queries) {
    Pass pass;
    const int P = world().size();
    for (int hop = 0; hop < P; ++hop) {
        const auto rows = split.rows((world().rank() + P - hop) % P);
        if (hop + 1 < P) {
            pass.forward.add(of.key_values(rows));
            pass.backward.add(moves_queries ? of.queries(rows) : of.key_values(rows));
        }
        if (hop > 0) pass.backward.add(moves_queries ? of.query_gradients(rows) : of.key_value_gradients(rows));
    }
    return pass;
}

/// One message to everybody who needs rows of this rank, and one with gradients to everybody whose rows came here.
Pass halo_pass(const Formulas& of, const Partition& split, const Mask& mask) {
    Pass pass;
    for (int other = 0; other < world().size(); ++other) {
        if (other == world().rank()) continue;
        const auto lent = needed_rows(split, mask, world().rank(), other).count,
                   borrowed = needed_rows(split, mask, other, world().rank()).count;
        if (lent > 0) pass.forward.add(of.key_values(lent)), pass.backward.add(of.key_values(lent));
        if (borrowed > 0) pass.backward.add(of.key_value_gradients(borrowed));
    }
    return pass;
}

/// What two calls of a ring with these options send.
Pass measured(const Formulas& of, const Partition& split, ring::Options options) {
    options.wire = of.wire;
    options.is_packed = of.is_packed;
    auto problem = test::random_problem(of.shape, split.steps(), options.mask.is_causal, 1);
    if (of.is_packed) problem.segments = test::random_segments(of.shape.batch, split.steps(), 2, 9);
    ring::RingAttention ring(world(), split, of.shape, options);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 2);
    for (int call = 0; call < 2; ++call) test::run_ring(ring, problem, dout);
    const auto& telemetry = ring.telemetry();
    CHECK(telemetry.forward_calls == 2);
    CHECK(telemetry.backward_calls == 2);
    const Pass both{total(telemetry.forward), total(telemetry.backward)};
    ring.reset_telemetry();
    CHECK(telemetry.forward_calls == 0);
    CHECK(total(telemetry.backward) == Traffic{});
    return both;
}

void check_twice(const Pass& both, const Pass& once) {
    CHECK(both.forward == Traffic{2 * once.forward.messages, 2 * once.forward.bytes});
    CHECK(both.backward == Traffic{2 * once.backward.messages, 2 * once.backward.bytes});
}

}  // namespace

TEST_CASE("messages and bytes of full rings") {
    for (const std::int64_t steps : {0, 1, 31, 258}) {
        const Partition split(Scheme::zigzag, steps, world().size());
        for (const bool is_packed : {false, true}) {
            for (const auto wire : {Wire::fp32, Wire::bf16}) {
                const Formulas of{{2, 4, 2, 20}, wire, is_packed};
                for (const auto method : {ExchangeMethod::sendrecv, ExchangeMethod::nonblocking}) {
                    INFO("rank ", world().rank(), " T ", steps, " ", std::string(to_string(wire)));
                    check_twice(measured(of, split, {.exchange = method, .backward = BackwardRotation::key_values}),
                                ring_pass(of, split, false));
                    check_twice(measured(of, split, {.exchange = method, .backward = BackwardRotation::queries}),
                                ring_pass(of, split, true));
                }
            }
        }
    }
}

TEST_CASE("the backward pass moves whatever is smaller") {
    const Partition split(Scheme::contiguous, 61, world().size());
    for (const std::int64_t kv_heads : {1, 2, 4, 8}) {
        for (const auto wire : {Wire::fp32, Wire::bf16}) {
            const Formulas of{{1, 8, kv_heads, 16}, wire, false};
            const auto chosen = measured(of, split, {});
            const auto key_values = ring_pass(of, split, false), queries = ring_pass(of, split, true);
            INFO("kv_heads ", kv_heads, " ", std::string(to_string(wire)));
            check_twice(chosen, queries.backward.bytes < key_values.backward.bytes ? queries : key_values);
            if (world().size() > 1)
                CHECK((queries.backward.bytes < key_values.backward.bytes) == (kv_heads == 8 && wire == Wire::fp32));
        }
    }
}

TEST_CASE("messages and bytes of halos") {
    for (const auto scheme : {Scheme::contiguous, Scheme::zigzag}) {
        const Partition split(scheme, 131, world().size());
        for (const bool is_causal : {false, true}) {
            for (const std::int64_t W : {1, 5, 20, 40}) {
                const Mask mask{is_causal, W};
                const bool is_halo = ring::Schedule(split, mask, world().rank()).is_halo();
                if (W == 5 && world().size() > 1) CHECK(is_halo);
                for (const auto wire : {Wire::fp32, Wire::bf16}) {
                    const Formulas of{{2, 4, 2, 20}, wire, wire == Wire::bf16};
                    INFO("rank ", world().rank(), " W ", W, " causal ", is_causal);
                    const auto once = is_halo ? halo_pass(of, split, mask) : ring_pass(of, split, false);
                    check_twice(measured(of, split, {.mask = mask, .backward = BackwardRotation::key_values}), once);
                    // Queries stay where a halo of keys is enough.
                    if (is_halo)
                        check_twice(measured(of, split, {.mask = mask, .backward = BackwardRotation::queries}), once);
                }
            }
        }
    }
}

TEST_CASE("a causal halo by hand") {
    const int P = world().size();
    const Shape shape{1, 2, 1, 4};
    const Partition split(Scheme::contiguous, 10 * P, P);
    ring::RingAttention ring(world(), split, shape, {.mask = {true, 4}});
    const auto problem = test::random_problem(shape, 10 * P, true, 1);
    test::run_ring(ring, problem, problem.q);
    const auto& [forward, backward, forward_calls, backward_calls] = ring.telemetry();
    CHECK(forward.size() == (P == 1 ? 1 : 2));  // the own block and a halo of 3 rows: K, V and a byte of validity
    const bool lends = world().rank() + 1 < P, borrows = world().rank() > 0;
    CHECK(total(forward) == (lends ? Traffic{1, 3 * 2 * 16 + 1} : Traffic{}));
    Traffic expected = total(forward);
    if (borrows) expected.add(3 * 2 * 16);
    CHECK(total(backward) == expected);
}

TEST_CASE("hops tell where the time goes") {
    const Shape shape{2, 4, 2, 20};
    ring::RingAttention ring(world(), {Scheme::zigzag, 258, world().size()}, shape, {});
    const auto problem = test::random_problem(shape, 258, true, 1);
    test::run_ring(ring, problem, problem.q);
    const auto& [forward, backward, forward_calls, backward_calls] = ring.telemetry();
    for (const auto* hops : {&forward, &backward}) {
        CHECK(std::ssize(*hops) == world().size());
        for (const auto& hop : *hops) CHECK(hop.compute_seconds > 0);
    }
    CHECK(forward.back().transfer_seconds == 0);
    if (world().size() == 1) return;
    CHECK(backward.back().transfer_seconds > 0);  // the sums, on their way home
    for (const auto& hop : backward) CHECK(hop.exchange_cpu_seconds > 0);
}

TEST_CASE("what travels needs two blocks, and backwards three sums, whatever P is") {
    const std::int64_t L = 24;
    const ring::Cargo cargo{[](std::int64_t rows) { return static_cast<std::size_t>(100 * rows); },
                            [](std::int64_t rows) { return static_cast<std::size_t>(10 * rows); }};
    const auto bytes_of = [&](const Mask& mask, bool has_sums) {
        const Partition split(Scheme::contiguous, L * world().size(), world().size());
        ring::Carriage carriage(world(), {});
        const ring::Schedule schedule(split, mask, world().rank());
        carriage.make_room_for_blocks(schedule, cargo);
        if (has_sums) carriage.make_room_for_sums(schedule, cargo);
        std::size_t bytes = carriage.leaving.size() + carriage.arriving_sum.size();
        for (const auto* pair : {&carriage.visitors, &carriage.sums})
            for (const auto& buffer : *pair) bytes += buffer.size();
        return bytes;
    };
    const int P = world().size();
    if (P == 1) return;  // nothing travels
    CHECK(bytes_of({true, 0}, false) == static_cast<std::size_t>(2 * 100 * L));
    CHECK(bytes_of({true, 0}, true) == static_cast<std::size_t>(2 * 100 * L + 3 * 10 * L));
    // A causal halo of 5 rows: two visitors and two sums where it arrives, a block and a sum where it leaves.
    const bool lends = world().rank() + 1 < P, borrows = world().rank() > 0;
    CHECK(bytes_of({true, 6}, true) ==
          static_cast<std::size_t>((lends ? 100 + 10 : 0) * 5 + (borrows ? 200 + 20 : 0) * 5));
}
