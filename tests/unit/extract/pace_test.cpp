// SPDX-License-Identifier: MIT
#include "extract/pace.hpp"

#include <doctest/doctest.h>

#include <thread>

using gridring::extract::Alarm, gridring::extract::Pace;
using namespace std::chrono_literals;

TEST_CASE("a burst at once, then one token each interval") {
    Pace pace(10, 3, 9'000);
    const auto start = Pace::Clock::now();
    for (const auto expected : {0ms, 0ms, 0ms, 100ms, 200ms, 300ms}) CHECK(pace.take(start) - start == expected);
}

TEST_CASE("a pause fills the bucket, but no further than the burst") {
    Pace pace(10, 2, 9'000);
    const auto start = Pace::Clock::now();
    for (int i = 0; i < 5; ++i) pace.take(start);
    const auto later = start + 10s;
    for (const auto expected : {0ms, 0ms, 100ms}) CHECK(pace.take(later) - later == expected);
}

TEST_CASE("in the long run the rate holds, however the tokens are taken") {
    Pace pace(5, 4, 9'000);
    const auto start = Pace::Clock::now();
    auto now = start;
    for (int i = 0; i < 1000; ++i) now = std::max(now, pace.take(now)) + std::chrono::milliseconds{i % 300};
    CHECK(now - start >= (1000 - 4) * 200ms);
}

TEST_CASE("no hour, wherever it begins, has more than its share") {
    Pace pace(4, 4, 9'000);
    const auto start = Pace::Clock::now();
    std::deque<Pace::Clock::time_point> tokens;
    auto now = start;
    for (int i = 0; i < 20'000; ++i) {
        tokens.push_back(now = pace.take(now));
        if (tokens.size() > 9'000) {
            CHECK(now - tokens.front() >= 1h);
            tokens.pop_front();
        }
    }
    CHECK(now - start < 2h + 45min);  // and nothing is given away
}

TEST_CASE("hold keeps every token back") {
    Pace pace(1000, 10, 9'000);
    const auto start = Pace::Clock::now();
    pace.hold(start + 7s);
    CHECK(pace.take(start) - start >= 7s);
    CHECK(pace.take(start) - start >= 7s);
}

TEST_CASE("an alarm ends sleep, now and for good") {
    Alarm alarm;
    CHECK(alarm.sleep_until(Pace::Clock::now() + 1ms));
    std::thread ringer([&] { alarm.stop(); });
    CHECK_FALSE(alarm.sleep_until(Pace::Clock::now() + 1h));
    CHECK_FALSE(alarm.sleep_until(Pace::Clock::now() - 1h));
    ringer.join();
}
