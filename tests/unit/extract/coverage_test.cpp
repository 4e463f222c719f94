// SPDX-License-Identifier: MIT
#include "extract/coverage.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "extract/circuit.hpp"
#include "extract/window_queue.hpp"

using namespace gridring;
using extract::Coverage, extract::WindowQueue;
using source::Window;
using namespace std::chrono_literals;

namespace {

const source::Route& region_data() { return source::require_route("region-data"); }
Hour hour(std::int64_t number) { return *parse_hour("2024-01-01T00") + std::chrono::hours{number}; }
const Hour much_later = *parse_hour("2025-01-01T00");

extract::Options options_of(std::vector<std::string> regions, std::vector<std::string> types) {
    extract::Options options;
    options.regions = std::move(regions);
    options.types = std::move(types);
    options.from = hour(0);
    options.to = hour(99);
    return options;
}

}  // namespace

TEST_CASE("missing stretches are asked for together where they are the same") {
    const auto options = options_of({"A", "B", "C"}, {"D", "DF"});
    Coverage coverage(options);
    const auto all = coverage.missing(region_data(), options.regions);
    REQUIRE(all.size() == 1);
    CHECK(all[0].regions == options.regions);
    CHECK(all[0].items == options.types);
    CHECK(all[0].hours() == 100);

    coverage.add({&region_data(), hour(10), hour(19), {"A", "B"}, {"D", "DF"}}, much_later);
    coverage.add({&region_data(), hour(-50), hour(4), {"A"}, {"DF", "NG"}}, much_later);  // wider than the request
    const auto rest = coverage.missing(region_data(), options.regions);
    std::int64_t cells = 0;
    for (const Window& window : rest) cells += window.hours() * std::ssize(window.regions) * std::ssize(window.items);
    CHECK(cells == 600 - 40 - 5);
    for (const Window& window : rest) {
        const bool has_c = std::ranges::find(window.regions, "C") != window.regions.end();
        if (has_c) CHECK(window.hours() == 100);
    }
    coverage.add({&region_data(), hour(0), hour(99), {"A", "B", "C"}, {"D", "DF"}}, much_later);
    CHECK(coverage.missing(region_data(), options.regions).empty());
    CHECK(coverage.missing(source::require_route("fuel-type-data"), {"A"}).size() == 1);
}

TEST_CASE("an update takes the latest hours for missing") {
    auto options = options_of({"A"}, {"D"});
    options.update_hours = 24;
    Coverage coverage(options);
    coverage.add({&region_data(), hour(0), hour(99), {"A"}, {"D"}}, much_later);
    const auto rest = coverage.missing(region_data(), {"A"});
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].first == hour(76));
    CHECK(rest[0].last == hour(99));
}

TEST_CASE("hours that were still to come when a window was fetched are missing") {
    auto options = options_of({"A"}, {"D"});
    const Window whole{&region_data(), hour(0), hour(99), {"A"}, {"D"}};
    Coverage plain(options);
    plain.add(whole, hour(60));
    auto rest = plain.missing(region_data(), {"A"});
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].first == hour(61));
    options.update_hours = 24;  // and an update looks again at what was young then
    Coverage update(options);
    update.add(whole, hour(60));
    rest = update.missing(region_data(), {"A"});
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].first == hour(37));
    CHECK(rest[0].last == hour(99));
}

TEST_CASE("windows cover every hour once, whatever the rows turn out to be") {
    const Window all{&source::require_route("fuel-type-data"), hour(0), hour(9'999), {"A"}, {}};
    WindowQueue queue({{all, 10, false}}, 5000);
    CHECK(queue.windows_left() == 20);
    Hour next = all.first;
    std::vector<std::int64_t> lengths;
    while (const auto cut = queue.next()) {
        CHECK(cut->window.first == next);
        next = cut->window.last + 1h;
        lengths.push_back(cut->window.hours());
        queue.learn(*cut, cut->window.hours() * (next > hour(2'000) ? 25 : 10));
    }
    CHECK(next == hour(10'000));
    CHECK(lengths.front() == 500);
    CHECK(lengths[10] == 200);
}

TEST_CASE("a window with far too many rows is cut anew; exact stretches are not learnt about") {
    const Window all{&region_data(), hour(0), hour(999), {"A"}, {"D"}};
    WindowQueue queue({{all, 1, true}, {all, 1, false}}, 500);
    const auto exact = queue.next();
    queue.learn(*exact, 0);
    CHECK(queue.next()->window.hours() == 500);
    const auto guessed = queue.next();
    queue.take_back(*guessed, 500 * 10);
    std::int64_t hours = 0;
    while (const auto cut = queue.next()) {
        hours += cut->window.hours();
        if (cut->stretch == 2) CHECK(cut->window.hours() == 50);
    }
    CHECK(hours == 1000);
}

TEST_CASE("an open circuit lets one call try for all, and closes when it is answered") {
    extract::Circuit circuit;
    const auto early = *circuit.enter(), other_early = *circuit.enter();
    const auto wait = [](int refusals) { return std::chrono::milliseconds{20 * refusals}; };
    CHECK(circuit.refused(early, wait));
    CHECK_FALSE(circuit.refused(other_early, wait));  // under way already: no news
    circuit.answered(other_early);                    // nor is that it was let through
    circuit.failed(other_early);
    CHECK(circuit.open_for() > 0ms);
    const auto start = extract::Circuit::Clock::now();
    const auto trial = *circuit.enter();
    CHECK(trial.is_trial);
    CHECK(extract::Circuit::Clock::now() - start >= 15ms);
    std::atomic<bool> has_entered = false;
    extract::Circuit::Ticket next{};
    std::thread other([&] {
        next = *circuit.enter();
        has_entered = true;
    });
    std::this_thread::sleep_for(30ms);
    CHECK_FALSE(has_entered);
    CHECK(circuit.refused(trial, wait));
    CHECK(circuit.open_for() > 30ms);
    other.join();  // tries next
    CHECK(has_entered);
    circuit.answered(next);
    CHECK(circuit.open_for() == 0ms);
    CHECK(circuit.enter());
    circuit.stop();
    CHECK_FALSE(circuit.enter());
}
