// SPDX-License-Identifier: MIT
#include "gridring/core/counters.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace gridring;

TEST_CASE("a counter is the same wherever it is asked for, and loses nothing between threads") {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([] {
            for (int n = 0; n < 1000; ++n)
                counter("test_work_total", CounterKind::total, "Work.", {{"part", "a"}}).add(1);
        });
    threads.clear();
    counter("test_work_total", CounterKind::total, "Work.", {{"part", "b"}}).set(7);
    const auto all = read_counters();
    const auto of = [&](const char* part) {
        return std::ranges::find_if(all, [&](const CounterReading& r) {
            return r.name == "test_work_total" && r.labels == CounterLabels{{"part", part}};
        });
    };
    REQUIRE(of("a") != all.end());
    REQUIRE(of("b") == of("a") + 1);  // those of one name together
    CHECK(of("a")->value == 4000);
    CHECK(of("b")->value == 7);
    CHECK(of("a")->help == "Work.");
}
