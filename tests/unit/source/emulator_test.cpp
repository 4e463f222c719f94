// SPDX-License-Identifier: MIT
#include "gridring/source/emulator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "gridring/source/eia.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using nlohmann::json;
using source::Emulator, source::EmulatorOptions;

namespace {

EmulatorOptions january() {
    EmulatorOptions options;
    options.first = *parse_hour("2016-01-01T00");
    options.last = *parse_hour("2016-01-31T23");
    return options;
}

struct Answer {
    int status;
    json body;
    std::string text;
};

Answer ask(const Emulator& emulator, const std::string& target,
           const net::Headers& headers = {{"X-Api-Key", "some-key"}}) {
    net::HttpClient client;
    net::Url url = net::parse_url(emulator.url());
    url.target += target;
    const auto result = client.get(url, headers);
    const auto& reply = std::get<net::Reply>(result);
    return {reply.status, json::parse(reply.body, nullptr, false), reply.body};
}

const std::string data = "/electricity/rto/region-data/data/?frequency=hourly&data[0]=value";
const std::string one = data + "&facets[respondent][]=MISO&facets[type][]=DF";

std::set<std::string> keys_of(const json& body) {
    std::set<std::string> keys;
    for (const auto& row : body["response"]["data"])
        keys.insert(row["period"].get<std::string>() + row["respondent"].get<std::string>() +
                    row["type"].get<std::string>());
    return keys;
}

}  // namespace

TEST_CASE("the envelope has the shape of version 2.1.8 and echoes the key") {
    const Emulator emulator(january());
    const auto answer = ask(emulator, one + "&start=2016-01-02T05&end=2016-01-02T06", {{"X-Api-Key", "echo-me"}});
    CHECK(answer.status == 200);
    const auto& response = answer.body["response"];
    CHECK(response["total"] == "2");
    CHECK(response["frequency"] == "hourly");
    CHECK(response["dateFormat"] == "YYYY-MM-DD\"T\"HH24");
    const auto& row = response["data"][0];
    CHECK(row["respondent-name"] == "Midcontinent Independent System Operator, Inc.");
    CHECK(row["type-name"] == "Day-ahead demand forecast");
    CHECK(row["value-units"] == "megawatthours");
    CHECK(row["value"].is_string());
    CHECK(answer.body["apiVersion"] == "2.1.8");
    CHECK(answer.body["request"]["params"]["api_key"] == "echo-me");
    CHECK(answer.body["request"]["params"]["facets"]["respondent"][0] == "MISO");
    CHECK(answer.text.find(R"("command":"\/v2\/electricity\/rto\/region-data\/data\/")") != std::string::npos);
}

TEST_CASE("bounds are inclusive, and a bare date means T00 at both ends") {
    const Emulator emulator(january());
    const auto total = [&](const std::string& bounds) { return ask(emulator, one + bounds).body["response"]["total"]; };
    CHECK(total("&start=2016-01-10&end=2016-01-11") == "25");
    CHECK(total("&start=2016-01-10T00&end=2016-01-10T00") == "1");
    CHECK(total("&start=2016-01-10&end=2016-01-10") == "1");
    CHECK(total("&start=2016-02") == "0");
    CHECK(ask(emulator, one + "&start=2016-01-10T00:00").status == 400);
}

TEST_CASE("pages: a length over 5000 is cut to it, and only a full-key sort keeps pages apart") {
    const Emulator emulator(january());
    const auto all = ask(emulator, data + "&length=9999");
    CHECK(all.body["response"]["data"].size() == 5000);
    CHECK(all.body["response"]["warnings"][0]["warning"] == "incomplete return");
    const auto total = static_cast<std::size_t>(std::stoul(all.body["response"]["total"].get<std::string>()));
    CHECK(total > 15'000);

    const auto both_pages = [&](const std::string& sort) {
        const std::string day = data + "&start=2016-01-10T00&end=2016-01-10T05&length=71" + sort;
        auto seen = keys_of(ask(emulator, day + "&offset=0").body);
        seen.merge(keys_of(ask(emulator, day + "&offset=71").body));
        return seen.size();
    };
    const std::string by_period = "&sort[0][column]=period&sort[0][direction]=asc";
    CHECK(both_pages(by_period + "&sort[1][column]=respondent&sort[2][column]=type") == 142);
    CHECK(both_pages(by_period) < 142);
    const auto beyond = ask(emulator, one + "&offset=100000");
    CHECK(beyond.body["response"]["data"].empty());
    CHECK(beyond.body["response"]["total"] != "0");
}

TEST_CASE("rows come in the order asked for") {
    const Emulator emulator(january());
    const auto answer = ask(emulator, one + "&length=3&sort[0][column]=period&sort[0][direction]=desc");
    CHECK(answer.body["response"]["data"][0]["period"] == "2016-01-31T23");
    CHECK(answer.body["response"]["data"][2]["period"] == "2016-01-31T21");
}

TEST_CASE("parameters may also come as X-Params or with indexed facets; without data there are no values") {
    const Emulator emulator(january());
    const auto header = ask(
        emulator, "/electricity/rto/region-data/data",
        {{"X-Api-Key", "k"},
         {"X-Params",
          R"({"data":["value"],"facets":{"respondent":["CISO"],"type":["D"]},"start":"2016-01-05T00","end":"2016-01-05T01"})"}});
    CHECK(header.body["response"]["total"] == "2");
    const auto indexed =
        ask(emulator,
            "/electricity/rto/region-data/"
            "data?facets[respondent][0]=CISO&facets[type][0]=TI&start=2016-01-05T00&end=2016-01-05T00");
    CHECK(indexed.body["response"]["total"] == "1");
    CHECK_FALSE(indexed.body["response"]["data"][0].contains("value"));
}

TEST_CASE("an unknown facet value is a 200 with zero rows") {
    const Emulator emulator(january());
    const auto answer = ask(emulator, data + "&facets[respondent][]=SPP");
    CHECK(answer.status == 200);
    CHECK(answer.body["response"]["total"] == "0");
}

TEST_CASE("refusals") {
    EmulatorOptions options = january();
    options.api_key = "the-right-one";
    const Emulator emulator(options);
    CHECK(ask(emulator, one, {}).body["error"]["code"] == "API_KEY_MISSING");
    CHECK(ask(emulator, one, {}).status == 403);
    CHECK(ask(emulator, one).body["error"]["code"] == "API_KEY_INVALID");
    CHECK(ask(emulator, one + "&api_key=the-right-one", {}).status == 200);

    const net::Headers right{{"X-Api-Key", "the-right-one"}};
    for (const char* bad :
         {"&frequency=daily", "&start=yesterday", "&offset=-1", "&length=x", "&sort[0][column]=colour", "&sort=period",
          "&facets[colour][]=red", "&data[0]=colour", "&out=xml"}) {
        const auto answer = ask(emulator, one + bad, right);
        CHECK_MESSAGE(answer.status == 400, bad);
        CHECK(answer.body["code"] == 400);
    }
    const auto unknown = ask(emulator, "/electricity/wholesale-prices/data", right);
    CHECK(unknown.status == 500);  // as recorded, before 2.1.10
    CHECK(unknown.body["code"] == 404);
}

TEST_CASE("a parameter that is no UTF-8 is echoed as far as it can be") {
    const Emulator emulator(january());
    const auto echoed = ask(emulator, one + "&note=a%ff");
    CHECK(echoed.status == 200);
    CHECK(echoed.body["request"]["params"]["note"] == "a\xEF\xBF\xBD");
    for (const char* bad : {"&start=%ff", "&start[]=%c3", "&facets[%fe][]=x", "&frequency=%ed%a0%80"}) {
        const auto answer = ask(emulator, one + bad);
        CHECK_MESSAGE(answer.status == 400, bad);
        CHECK(answer.body["code"] == 400);
    }
}

TEST_CASE("metadata and facet routes") {
    const Emulator emulator(january());
    const auto meta = ask(emulator, "/electricity/rto/region-data").body["response"];
    CHECK(meta["startPeriod"] == "2016-01-01T00");
    CHECK(meta["endPeriod"] == "2016-01-31T23");
    CHECK(meta["frequency"][0]["id"] == "hourly");
    CHECK(ask(emulator, "/electricity/rto/region-data/facet").body["response"]["facets"].size() == 2);
    CHECK(ask(emulator, "/electricity/rto/region-data/facet/type/").body["response"]["facets"].size() == 4);
    CHECK(ask(emulator, "/electricity/rto/region-data/facet/respondent").body["response"]["facets"].size() == 82);
    CHECK(ask(emulator, "/electricity/rto/region-data/facet/colour").status == 500);
}

TEST_CASE("what is served is what the grid holds; gaps are absent rows") {
    const Emulator emulator(january());
    const auto window = source::Window{
        &source::require_route("region-data"), emulator.grid().first, emulator.grid().last(), {"PACW"}, {"D"}};
    const auto call = source::data_call(emulator.url(), {"some-key"}, window, 0, 5000);
    net::HttpClient client;
    const auto page = std::get<source::Page>(source::read_page(client.get(call.url, call.headers), *window.route));
    const auto& respondents = emulator.grid().respondents;
    const auto pacw = std::ranges::find(respondents, "PACW", &source::GridRespondent::code);
    const auto& values = pacw->quantities[0].values;
    std::size_t present = 0;
    for (const double value : values) present += !std::isnan(value);
    CHECK(page.rows.size() == present);
    for (const auto& row : page.rows)
        CHECK(row.value == values[static_cast<std::size_t>((row.period - emulator.grid().first).count())]);
}

TEST_CASE("knobs: faults, a rate limit, latency, and a server that reads no key from a header") {
    EmulatorOptions options = january();
    options.faults = {{"503", 3}};
    {
        const Emulator emulator(options);
        std::string seen;
        for (int i = 0; i < 6; ++i) seen += ask(emulator, one).status == 503 ? 'x' : '.';
        CHECK(seen == "..x..x");
        CHECK(emulator.counters().faults == 2);
        CHECK(emulator.counters().data_pages == 4);
    }
    options.faults.clear();
    options.requests_per_second = 1;
    {
        const Emulator emulator(options);
        CHECK(ask(emulator, one).status == 200);
        const auto second = ask(emulator, one);
        CHECK(second.status == 429);
        CHECK(second.body["error"]["code"] == "OVER_RATE_LIMIT");
    }
    options.requests_per_second = 0;
    options.latency = 80ms;
    options.reads_key_header = false;
    const Emulator emulator(options);
    const auto start = std::chrono::steady_clock::now();
    CHECK(ask(emulator, one).body["error"]["code"] == "API_KEY_MISSING");
    CHECK(std::chrono::steady_clock::now() - start >= 80ms);
    CHECK(ask(emulator, one + "&api_key=k", {}).status == 200);
}
