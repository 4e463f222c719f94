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
    CHECK(get(strange, regions).status == 200);
    CHECK(strange.counters().fault_kinds["new-fuel"] == 2);  // of no other route
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
