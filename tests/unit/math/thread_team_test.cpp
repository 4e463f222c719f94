// SPDX-License-Identifier: MIT
#include "gridring/math/thread_team.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "gridring/core/error.hpp"

using namespace gridring;
using math::ThreadTeam;

TEST_CASE("a team calls its task once for every index") {
    for (const int threads : {1, 2, 3, 8}) {
        ThreadTeam team(threads);
        CHECK(team.size() == threads);
        for (const std::int64_t count : {0, 1, 2, 3, 7, 1000}) {
            INFO("threads ", threads, " count ", count);
            std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
            std::atomic<int> strangers = 0;
            team.run(count, [&](std::int64_t index, int worker) {
                ++calls.at(static_cast<std::size_t>(index));
                if (worker < 0 || worker >= threads) ++strangers;
            });
            CHECK(std::ranges::all_of(calls, [](int times) { return times == 1; }));
            CHECK(strangers == 0);
        }
    }
}

TEST_CASE("two calls at the same time have different workers, and all have ended when run() returns") {
    ThreadTeam team(4);
    std::vector<std::atomic<int>> inside(4);
    std::atomic<int> clashes = 0, ended = 0;
    team.run(400, [&](std::int64_t index, int worker) {
        auto& here = inside[static_cast<std::size_t>(worker)];
        if (++here != 1) ++clashes;
        if (index % 10 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
        --here;
        ++ended;
    });
    CHECK(clashes == 0);
    CHECK(ended == 400);
}

TEST_CASE("helpers do take part") {
    // Each of two calls waits for the other: one thread alone would wait for ever.
    ThreadTeam team(2);
    std::atomic<int> arrived = 0;
    team.run(2, [&](std::int64_t, int) {
        ++arrived;
        while (arrived < 2) std::this_thread::yield();
    });
    CHECK(arrived == 2);
}

TEST_CASE("what one round writes the next one reads, over many rounds") {
    // Plain memory on purpose: run() must order it, which the thread sanitizer watches.
    for (const int threads : {1, 2, 3}) {
        ThreadTeam team(threads);
        std::vector<std::int64_t> values(37);
        const auto size = static_cast<std::int64_t>(values.size());
        for (int round = 0; round < 2000; ++round) {
            const std::vector<std::int64_t> before = values;
            team.run(size, [&](std::int64_t index, int) {
                values[static_cast<std::size_t>(index)] = before[static_cast<std::size_t>((index + 1) % size)] + 1;
            });
        }
        CHECK(std::ranges::all_of(values, [](std::int64_t value) { return value == 2000; }));
    }
}

TEST_CASE("workers may keep scratch between their calls") {
    ThreadTeam team(3);
    std::vector<std::int64_t> sums(3);
    for (int round = 0; round < 200; ++round)
        team.run(100, [&](std::int64_t index, int worker) { sums[static_cast<std::size_t>(worker)] += index; });
    CHECK(sums[0] + sums[1] + sums[2] == 200 * 4950);
}

TEST_CASE("a team of one works on the calling thread, in order") {
    ThreadTeam team;
    std::vector<std::int64_t> order;
    team.run(5, [&](std::int64_t index, int worker) {
        CHECK(worker == 0);
        order.push_back(index);
    });
    CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("what a task throws reaches the caller, and the team works on") {
    math::ThreadTeam team(3);
    for (int round = 0; round < 50; ++round) {
        CHECK_THROWS_AS(team.run(100,
                                 [](std::int64_t index, int) {
                                     if (index % 10 == 3) throw DataError("no");
                                 }),
                        DataError);
        std::atomic<int> calls{0};
        team.run(100, [&](std::int64_t, int) { ++calls; });
        CHECK(calls == 100);
    }
}

TEST_CASE("teams come and go without having worked; none has no thread") {
    for (int i = 0; i < 50; ++i) ThreadTeam team(3);
    CHECK_THROWS_AS(ThreadTeam(0), BugError);
}
