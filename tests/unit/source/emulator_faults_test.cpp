// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "emulator_probe.hpp"
#include "gridring/core/error.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using source::EiaFault, source::Emulator, source::EmulatorOptions, source::OasisFault;
using test::body_of, test::get, test::get_packed, test::json;

namespace {

const std::string key_order = "&sort[0][column]=period&sort[1][column]=respondent&sort[2][column]=";
const std::string regions =
    "/v2/electricity/rto/region-data/data?data[]=value&start=2016-01-02&end=2016-01-05" + key_order + "type";
const std::string fuels =
    "/v2/electricity/rto/fuel-type-data/data?data[]=value&start=2018-07-02&end=2018-07-03" + key_order + "fueltype";
const std::string prices =
    "/oasisapi/SingleZip?queryname=SLD_FCST&version=1&market_run_id=ACTUAL&resultformat=6&startdatetime="
    "20160102T08:00-0000&enddatetime=20160103T08:00-0000";

EmulatorOptions january(const char* fault = nullptr) {
    EmulatorOptions options = test::span("2016-01-01T00", "2016-01-08T23");
    if (fault) options.faults = {EiaFault::parse(fault)};
    return options;
}

/// The page of all rows, as it is without faults.
const net::Response& good() {
    static const net::Response page = get(Emulator(january()), regions);
    return page;
}

net::Response faulty(const char* fault, const std::string& target = regions) {
    const Emulator emulator(january(fault));
    net::Response response = get(emulator, target);
    CHECK(emulator.counters().fault_kinds[std::string(fault)] == 1);
    return response;
}

/// How often each row, without its value, comes in a page.
std::map<std::string, int> keys_of(const json& body) {
    std::map<std::string, int> keys;
    for (json row : body["response"]["data"]) {
        row.erase("value");
        ++keys[row.dump()];
    }
    return keys;
}

std::int64_t total_of(const json& body) { return std::stoll(body["response"]["total"].get<std::string>()); }

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

TEST_CASE("faults of the gateway") {
    CHECK(faulty("429").status == 429);
    CHECK_FALSE(net::find_header(faulty("429").headers, "Retry-After"));
    CHECK(net::find_header(faulty("429-wait").headers, "Retry-After") == "1");
    CHECK(faulty("503").status == 503);
    CHECK(faulty("not-found-500").status == 500);
    CHECK(body_of(faulty("not-found-500"))["code"] == 404);

    const Emulator emulator(january("suspended/2"));
    CHECK(get(emulator, regions).status == 200);
    const auto suspended = get(emulator, regions);
    CHECK(suspended.status == 403);
    CHECK(body_of(suspended)["error"]["message"].get<std::string>().find("suspended") != std::string::npos);
    CHECK(get(emulator, regions).status == 403);  // not its turn, but the second is not over
    CHECK(get(emulator, "/v2/electricity/rto/region-data").status == 403);
}

TEST_CASE("faults of the wire leave a reply that would be good") {
    for (const char* kind : {"reset", "length", "trickle", "stale", "latency"}) CHECK(faulty(kind).body == good().body);
    CHECK(*faulty("reset").mischief.reset_after > 0);
    CHECK(*faulty("reset").mischief.reset_after < good().body.size());
    CHECK(faulty("length").mischief.length_error != 0);
    CHECK(faulty("trickle").mischief.trickle_bytes > good().body.size() / 11);
    CHECK(faulty("stale").mischief.closes_silently);
    CHECK(faulty("latency").delay >= 200ms);
    CHECK(faulty("truncated").body == good().body.substr(0, good().body.size() / 2));

    const Emulator emulator(january("gzip"));
    const auto packed = get_packed(emulator, regions);
    CHECK(net::find_header(packed.headers, "Content-Encoding") == "gzip");
    CHECK_FALSE(net::gunzip(packed.body, 1 << 26));
    CHECK(get(emulator, regions).body == good().body);  // who takes no gzip gets none
}

TEST_CASE("faults of the rows") {
    const json whole = body_of(good());
    const std::int64_t total = total_of(whole);
    const auto keys = keys_of(whole);

    const json moved = body_of(faulty("moved-total"));
    CHECK(total_of(moved) != total);
    CHECK(moved["response"]["data"] == whole["response"]["data"]);

    const json doubled = body_of(faulty("duplicates"));
    CHECK(total_of(doubled) > total);
    CHECK(std::ssize(doubled["response"]["data"]) == total_of(doubled));
    std::set<std::string> distinct, rows;
    for (const json& row : doubled["response"]["data"]) distinct.insert(row.dump());
    for (const json& row : whole["response"]["data"]) rows.insert(row.dump());
    CHECK(distinct == rows);

    const json conflict = body_of(faulty("conflict"));
    distinct.clear();
    for (const json& row : conflict["response"]["data"]) distinct.insert(row.dump());
    CHECK(std::ssize(distinct) == total_of(conflict));  // no two rows are the same
    CHECK(keys_of(conflict).size() == keys.size());

    const json shuffled = body_of(faulty("shuffled"));
    CHECK(shuffled["response"]["data"] != whole["response"]["data"]);
    CHECK(keys_of(shuffled) == keys);

    const json missing = body_of(faulty("missing"));
    CHECK(total_of(missing) == total);
    CHECK(std::ssize(missing["response"]["data"]) < total);

    const json numbers = body_of(faulty("numbers"));
    CHECK(numbers["response"]["total"] == total);
    CHECK(numbers["response"]["data"][0]["value"] ==
          std::stod(whole["response"]["data"][0]["value"].get<std::string>()));
}

TEST_CASE("nulls and a new fuel are the same whenever asked") {
    const Emulator nulls(january("nulls"));
    const auto first = get(nulls, regions);
    CHECK(get(nulls, regions).body == first.body);
    const json body = body_of(first);
    const auto hidden =
        std::ranges::count_if(body["response"]["data"], [](const json& row) { return row["value"].is_null(); });
    CHECK(hidden > total_of(body) / 40);
    CHECK(hidden < total_of(body) / 10);

    EmulatorOptions july = test::span("2018-07-01T00", "2018-07-04T23");
    july.faults = {EiaFault::parse("new-fuel")};
    const Emulator strange(july);
    const auto fresh = get(strange, fuels);
    CHECK(get(strange, fuels).body == fresh.body);
    std::int64_t unknown = 0;
    const json fuel_rows = body_of(fresh);
    for (const json& row : fuel_rows["response"]["data"]) unknown += row["fueltype"] == "NEW";
    CHECK(unknown == total_of(fuel_rows) / 9);  // one beside eight of each respondent and hour
    CHECK(get(Emulator(january("new-fuel")), regions).body == good().body);
}

TEST_CASE("duplicates and conflicts keep pages apart: with them every row comes as often as total says") {
    for (const char* kind : {"duplicates", "conflict"}) {
        const Emulator emulator(january(kind));
        const std::int64_t total = total_of(body_of(get(emulator, regions)));
        std::int64_t rows = 0;
        std::map<std::string, int> keys;
        while (rows < total) {
            const json page = body_of(get(emulator, regions + "&length=500&offset=" + std::to_string(rows)));
            REQUIRE(total_of(page) == total);
            REQUIRE_FALSE(page["response"]["data"].empty());
            rows += std::ssize(page["response"]["data"]);
            for (const auto& [key, count] : keys_of(page)) keys[key] += count;
        }
        CHECK(rows == total);
        CHECK(keys.size() == keys_of(body_of(good())).size());
    }
}

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

TEST_CASE("faults that do not exist are refused, naming those that do") {
    for (const char* bad : {"teapot", "503/0", "503/x", "503/", "", "3"}) {
        CHECK_THROWS_AS(EiaFault::parse(bad), ConfigError);
        CHECK_THROWS_AS(OasisFault::parse(bad), ConfigError);
    }
    CHECK_THROWS_AS(OasisFault::parse("1000 to 1016"), ConfigError);
    CHECK_THROWS_WITH_AS(EiaFault::parse("teapot"), doctest::Contains("moved-total"), ConfigError);
    EmulatorOptions options = january();
    options.fault_mix = 1.5;
    CHECK_THROWS_AS(Emulator{options}, ConfigError);
}
