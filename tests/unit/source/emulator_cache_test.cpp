// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>

#include "emulator_probe.hpp"
#include "source/reply_cache.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using source::Emulator, source::EmulatorOptions;
using test::get, test::get_packed;

namespace {

const std::string page = "/v2/electricity/rto/fuel-type-data/data/?data[]=value&start=2018-07-02&length=300";

EmulatorOptions cached() {
    EmulatorOptions options = test::span("2018-07-01T00", "2018-07-04T23");
    options.cache_bytes = 1 << 20;
    return options;
}

}  // namespace

TEST_CASE("a cache changes no byte of a reply") {
    const Emulator with(cached());
    EmulatorOptions plain = cached();
    plain.cache_bytes = 0;
    const Emulator without(plain);
    for (int i = 0; i < 2; ++i) {
        CHECK(get(with, page).body == get(without, page).body);
        const auto packed = get_packed(with, page);
        CHECK(packed.body == get_packed(without, page).body);
        CHECK(net::find_header(packed.headers, "Content-Encoding") == "gzip");
        CHECK(net::gunzip(packed.body, 1 << 24) == get(without, page).body);
        // The key is echoed, so that another key is another reply.
        const auto other = get(with, page, {{"X-Api-Key", "another-key"}});
        CHECK(other.body.find("another-key") != std::string::npos);
        CHECK(other.body.find("some-key") == std::string::npos);
    }
    CHECK(with.counters().cached == 3);
    CHECK(without.counters().cached == 0);
    CHECK(with.counters().data_pages == 6);
}

TEST_CASE("no faulty reply enters the cache, and the wire is ruined behind it") {
    EmulatorOptions options = cached();
    for (const char* fault : {"missing/2", "truncated/3", "reset/5"})
        options.faults.push_back(source::EiaFault::parse(fault));
    const Emulator emulator(options);
    std::vector<net::Response> replies;
    for (int i = 0; i < 7; ++i) replies.push_back(get(emulator, page));
    const std::string good = replies[0].body;
    CHECK(replies[1].body != good);  // missing
    CHECK(replies[2].body == good.substr(0, good.size() / 2));
    CHECK(replies[4].body == good);
    CHECK(replies[4].mischief.reset_after);
    CHECK(replies[6].body == good);
    CHECK(emulator.counters().cached == 2);
}

TEST_CASE("the cache keeps to its size and drops what was unused longest") {
    source::ReplyCache cache(100);
    cache.keep("a", std::string(40, 'a'));
    cache.keep("b", std::string(40, 'b'));
    REQUIRE(cache.find("a"));
    cache.keep("c", std::string(40, 'c'));
    CHECK(cache.find("a"));
    CHECK_FALSE(cache.find("b"));
    CHECK(*cache.find("c") == std::string(40, 'c'));
    cache.keep("too large", std::string(200, 'x'));
    CHECK_FALSE(cache.find("too large"));
    CHECK(cache.find("a"));
}

TEST_CASE("jitter is decided by seed and request, around the latency") {
    EmulatorOptions options = cached();
    options.latency = 100ms;
    options.jitter = 60ms;
    const auto delays = [&] {
        const Emulator emulator(options);
        std::vector<std::chrono::milliseconds> all;
        for (int i = 0; i < 50; ++i) all.push_back(get(emulator, page).delay);
        return all;
    };
    const auto first = delays();
    CHECK(delays() == first);
    CHECK(std::ranges::min(first) >= 40ms);
    CHECK(std::ranges::max(first) <= 160ms);
    CHECK(std::set(first.begin(), first.end()).size() > 20);
    options.seed = 2;
    CHECK(delays() != first);
}

TEST_CASE("the level of gzip is the server's choice, and 0 packs nothing") {
    EmulatorOptions options = cached();
    options.gzip_level = 9;
    const auto small = get_packed(Emulator(options), page);
    CHECK(small.body.size() < get_packed(Emulator(cached()), page).body.size());
    options.gzip_level = 0;
    CHECK(get_packed(Emulator(options), page).body == get(Emulator(options), page).body);
}
