// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>

#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/node_group.hpp"
#include "gridring/comm/node_progress.hpp"
#include "gridring/core/error.hpp"
#include "support/mpi.hpp"
#include "support/pretended_nodes.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using comm::NodeGroup;
using comm::NodeLayout;
using comm::NodeProgress;

namespace {

const comm::Communicator& world() { return test::world(); }
NodeGroup group() { return {world(), NodeLayout::of(world())}; }

}  // namespace

TEST_CASE("layouts that a ring can share, and others") {
    CHECK(NodeLayout{{0}}.is_even());
    CHECK(NodeLayout{{0, 0, 0}}.is_even());
    CHECK(NodeLayout{{0, 0, 2, 2}}.is_even());
    CHECK(NodeLayout{{0, 1, 2}}.is_even());
    CHECK_FALSE(NodeLayout{{0, 0, 2}}.is_even());        // fewer on the last
    CHECK_FALSE(NodeLayout{{0, 1, 1}}.is_even());        // more on the last
    CHECK_FALSE(NodeLayout{{0, 1, 0, 1}}.is_even());     // dealt out in turn
    CHECK_FALSE(NodeLayout{{0, 0, 2, 2, 2}}.is_even());  // more on a later one
    CHECK(NodeLayout{{0, 1, 0, 1}}.describe() == "[0 2] [1 3]");
    CHECK(NodeLayout{{0, 0, 2, 2}}.ranks_per_node() == 2);
}

TEST_CASE("this machine is one node, and can be made out to be several") {
    const int P = world().size(), me = world().rank();
    CHECK(NodeLayout::of(world()).leaders == std::vector<int>(static_cast<std::size_t>(P), 0));
    for (int n = 1; n <= P; ++n) {
        const test::PretendedNodes nodes(n);
        const auto layout = NodeLayout::of(world());
        CHECK(layout.ranks_per_node() == n);
        CHECK(layout.is_even() == (P % n == 0));
        if (P % n != 0) {
            const auto build = [&] { NodeGroup(world(), layout); };
            CHECK_THROWS_WITH_AS(build(), doctest::Contains(layout.describe().c_str()), ConfigError);
            continue;
        }
        const NodeGroup group(world(), layout);
        CHECK(group.size() == n);
        CHECK(group.nodes() == P / n);
        CHECK(group.ring_rank(group.node(), group.rank()) == me);
        CHECK(group.local().sum(std::int64_t{1}) == n);
        CHECK(group.across().sum(std::int64_t{1}) == P / n);
    }
    setenv("GRIDRING_RANKS_PER_NODE", "two", 1);
    CHECK_THROWS_AS(NodeLayout::of(world()), ConfigError);
    unsetenv("GRIDRING_RANKS_PER_NODE");
}

TEST_CASE("shared buffers: aligned, zeroed, of any size, read and written by every rank of the node") {
    const auto node = group();
    const auto bytes_of = [](int rank) { return static_cast<std::size_t>(rank) * 5000 + (rank == 0 ? 0 : 3); };
    NodeProgress progress(node, 10s);
    for (int round = 0; round < 3; ++round) {
        comm::BlockBuffer buffer(node, bytes_of(node.rank()));
        CHECK(buffer.is_shared());
        CHECK(buffer.size() == bytes_of(node.rank()));
        REQUIRE(std::ssize(buffer.peers()) == node.size());
        for (const auto byte : buffer.bytes()) CHECK(byte == std::byte{0});
        CHECK(buffer.peers()[static_cast<std::size_t>(node.rank())].data() == buffer.bytes().data());
        for (auto& byte : buffer.bytes()) byte = static_cast<std::byte>(node.rank() + 1);
        progress.advance();
        progress.wait_for_all();
        for (int rank = 0; rank < node.size(); ++rank) {
            const auto peer = buffer.peers()[static_cast<std::size_t>(rank)];
            CHECK(reinterpret_cast<std::uintptr_t>(peer.data()) % 64 == 0);
            CHECK(peer.size() == bytes_of(rank));
            CHECK(std::ranges::all_of(peer, [&](std::byte byte) { return byte == static_cast<std::byte>(rank + 1); }));
        }
        comm::BlockBuffer moved = std::move(buffer);
        CHECK(moved.size() == bytes_of(node.rank()));
        progress.advance();
        progress.wait_for_all();
    }
    CHECK_FALSE(comm::BlockBuffer(100).is_shared());
}

TEST_CASE("what was written before a step is read after it: a sum that goes round, ten thousand times") {
    const auto node = group();
    NodeProgress progress(node, 30s);
    comm::BlockBuffer buffer(node, sizeof(std::uint64_t));
    const auto sum = [&]() -> std::uint64_t& { return *reinterpret_cast<std::uint64_t*>(buffer.peers()[0].data()); };
    constexpr std::uint64_t rounds = 10000;
    const auto n = static_cast<std::uint64_t>(node.size()), me = static_cast<std::uint64_t>(node.rank());
    for (std::uint64_t round = 0; round < rounds; ++round) {  // one after the other: no atomic, no lock
        if (me > 0)
            progress.wait_for(node.rank() - 1, round + 1);
        else
            progress.wait_for(node.size() - 1, round);
        sum() += round * n + me;
        progress.advance();
    }
    progress.wait_for_all();
    CHECK(sum() == rounds * n * (rounds * n - 1) / 2);
}

TEST_CASE("waiting for a late rank sleeps; beyond the deadline it is an error that names both") {
    const auto node = group();
    if (node.size() == 1) return;
    {
        NodeProgress progress(node, 10s);
        node.local().barrier();
        if (node.rank() == 1) std::this_thread::sleep_for(400ms);
        progress.advance();
        const auto cost = progress.wait_for_all();
        if (node.rank() != 1) {
            CHECK(cost.exposed_seconds > 0.2);
            CHECK(cost.cpu_seconds < 0.5 * cost.exposed_seconds);
        }
    }
    NodeProgress progress(node, 100ms);
    if (node.rank() != 1) {
        progress.advance();
        const auto wait = [&] { progress.wait_for_all(); };
        CHECK_THROWS_WITH_AS(wait(), doctest::Contains("in vain for rank 1 on its node, which is 1 steps behind"),
                             CommError);
    }
    node.local().barrier();
}
