// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "emulator_probe.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using source::Emulator, source::EmulatorOptions, source::OasisFault;
using test::body_of, test::get, test::get_packed, test::json;

namespace {

const std::string key_order = "&sort[0][column]=period&sort[1][column]=respondent&sort[2][column]=";
const std::string regions =
    "/v2/electricity/rto/region-data/data?data[]=value&start=2016-01-02&end=2016-01-05" + key_order + "type";
const std::string prices =
    "/oasisapi/SingleZip?queryname=SLD_FCST&version=1&market_run_id=ACTUAL&resultformat=6&startdatetime="
    "20160102T08:00-0000&enddatetime=20160103T08:00-0000";

EmulatorOptions january() { return test::span("2016-01-01T00", "2016-01-08T23"); }

/// Everything that a client could tell two replies apart by.
std::string look_of(const net::Response& response) {
    std::string headers;
    for (const auto& [name, value] : response.headers) headers += name + value;
    const net::Mischief& mischief = response.mischief;
    return std::to_string(response.status) + headers + std::to_string(response.delay.count()) +
           std::to_string(mischief.reset_after.value_or(0)) + std::to_string(mischief.length_error) +
           std::to_string(mischief.trickle_bytes) + std::to_string(mischief.closes_silently) + response.body;
}

}  // namespace

TEST_CASE("a mix draws only what heals, by seed and request alone") {
    EmulatorOptions options = january();
    options.fault_mix = 0.4;
    options.seed = 5;
    const auto run = [&] {
        const Emulator emulator(options);
        std::vector<std::string> looks;
        for (int i = 0; i < 60; ++i) looks.push_back(look_of(get_packed(emulator, regions + "&end=2016-01-02T05")));
        return std::pair(looks, emulator.counters());
    };
    const auto [looks, counters] = run();
    // A second's suspension is a matter of the clock; before the first one the same seed brings the same bytes.
    const auto [again, repeated] = run();
    const auto first_suspension = std::ranges::find_if(looks, [](const auto& look) { return look.starts_with("403"); });
    CHECK(first_suspension - looks.begin() > 5);
    CHECK(std::equal(looks.begin(), first_suspension, again.begin()));
    CHECK(counters.faults > 10);
    for (const auto& [kind, count] : counters.fault_kinds) {
        const auto known = std::ranges::find(source::eia_fault_kinds(), kind, &source::FaultKind::name);
        REQUIRE(known != source::eia_fault_kinds().end());
        CHECK(known->heals);
    }
    options.seed = 6;
    CHECK(run().first != looks);
}

TEST_CASE("a client that asks again and reads with care gets every row right out of a mix") {
    EmulatorOptions options = january();
    options.fault_mix = 0.7;
    options.seed = 40;
    const Emulator emulator(options);
    const auto rows_of = [](const json& body) {
        std::set<std::string> rows;
        for (json row : body["response"]["data"]) {
            if (row["value"].is_number()) row["value"] = std::to_string(row["value"].get<std::int64_t>());
            rows.insert(row.dump());
        }
        return rows;
    };
    const auto honest = [&](const std::string& target) -> std::optional<json> {
        const net::Response response = get_packed(emulator, target);
        if (response.status == 403) std::this_thread::sleep_for(20ms);  // suspended
        if (response.status != 200 || response.mischief.reset_after || response.mischief.length_error) return {};
        const bool is_packed = net::find_header(response.headers, "Content-Encoding") == "gzip";
        const auto text = is_packed ? net::gunzip(response.body, 1 << 26) : response.body;
        json body = text ? json::parse(*text, nullptr, false) : json();
        if (!body.is_object()) return {};
        const json& total = body["response"]["total"];
        const std::int64_t expected =
            total.is_number() ? total.get<std::int64_t>() : std::stoll(total.get<std::string>());
        if (expected != std::ssize(body["response"]["data"])) return {};
        return body;
    };
    options.fault_mix = 0;
    options.seed = 40;
    const Emulator calm(options);
    for (int i = 0; i < 20; ++i) {
        const int day = 2 + i % 6;
        const std::string window =
            regions + "&start=2016-01-0" + std::to_string(day) + "&end=2016-01-0" + std::to_string(day) + "T23";
        std::optional<json> body;
        for (int tries = 0; !body && tries < 200; ++tries) body = honest(window);
        REQUIRE(body);
        CHECK(rows_of(*body) == rows_of(body_of(get(calm, window))));
    }
    CHECK(emulator.counters().faults > 10);
}

TEST_CASE("OASIS has faults of its own, and a mix of those that heal") {
    EmulatorOptions options = january();
    for (const char* fault : {"503/2", "redirect/3", "reset/5", "stale/7"})
        options.oasis_faults.push_back(OasisFault::parse(fault));
    const Emulator emulator(options);
    std::vector<net::Response> replies;
    for (int i = 0; i < 7; ++i) replies.push_back(get(emulator, prices, {{"Host", "127.0.0.1:99"}}));
    CHECK(replies[0].status == 200);
    CHECK(replies[1].status == 503);
    CHECK(replies[2].status == 302);
    CHECK(net::find_header(replies[2].headers, "Location") == "http://127.0.0.1:99" + prices);
    CHECK(replies[4].mischief.reset_after);
    CHECK(replies[6].mischief.closes_silently);
    CHECK(replies[6].body == replies[0].body);
    CHECK(emulator.counters().oasis_fault_kinds ==
          std::map<std::string, std::int64_t>{{"503", 3}, {"redirect", 1}, {"reset", 1}, {"stale", 1}});

    EmulatorOptions mixed = january();
    mixed.oasis_fault_mix = 0.5;
    const auto run = [&] {
        const Emulator one(mixed);
        std::vector<std::string> looks;
        for (int i = 0; i < 60; ++i) looks.push_back(look_of(get(one, prices)));
        return std::pair(looks, one.counters().oasis_fault_kinds);
    };
    const auto [looks, kinds] = run();
    CHECK(run().first == looks);
    CHECK(kinds.size() > 5);
    for (const auto& [kind, count] : kinds) CHECK_FALSE((kind == "1001" || kind == "1000" || kind == "1014"));
}
