// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>

#include "emulator_probe.hpp"

using namespace gridring;
using source::Emulator;
using test::get, test::json, test::rto;

namespace {

const Emulator& summer() {
    static const Emulator emulator(test::span("2018-06-30T00", "2018-07-10T23"));
    return emulator;
}

std::vector<std::string> names_of(const nlohmann::ordered_json& row) {
    std::vector<std::string> names;
    for (const auto& [name, value] : row.items()) names.push_back(name);
    return names;
}

struct Expected {
    const char *route, *first, *first_name, *second, *second_name;
};
constexpr Expected all[] = {
    {"region-data", "respondent", "respondent-name", "type", "type-name"},
    {"fuel-type-data", "respondent", "respondent-name", "fueltype", "type-name"},
    {"interchange-data", "fromba", "fromba-name", "toba", "toba-name"},
    {"region-sub-ba-data", "subba", "subba-name", "parent", "parent-name"},
};

std::string full_key_sort(const Expected& of) {
    return std::string("&sort[0][column]=period&sort[1][column]=") + of.second + "&sort[2][column]=" + of.first;
}

}  // namespace

TEST_CASE("each route has its own columns, facets and metadata") {
    for (const Expected& of : all) {
        CAPTURE(of.route);
        const std::string route = std::string("/v2/electricity/rto/") + of.route;
        const auto reply = nlohmann::ordered_json::parse(get(summer(), route + "/data?data[]=value&length=1").body);
        CHECK(names_of(reply["response"]["data"][0]) == std::vector<std::string>{"period", of.first, of.first_name,
                                                                                 of.second, of.second_name, "value",
                                                                                 "value-units"});
        CHECK(reply["request"]["command"] == route + "/data/");

        const json meta = rto(summer(), of.route);
        CHECK(meta["id"] == of.route);
        CHECK(meta["facets"][0]["id"] == of.first);
        CHECK(meta["facets"][1]["id"] == of.second);
        CHECK(meta["startPeriod"] == (std::string(of.route) == "region-data" ? "2018-06-30T00" : "2018-07-01T00"));
        for (const char* facet : {of.first, of.second})
            CHECK(rto(summer(), std::string(of.route) + "/facet/" + facet + "/")["facets"].size() >= 4);
        CHECK(get(summer(), route + "/data?facets[colour][]=red").status == 400);
        CHECK(get(summer(), route + "/data?sort[0][column]=colour").status == 400);
    }
    CHECK(get(summer(), "/v2/electricity/rto/fuel-type-data/data?facets[type][]=D").status == 400);
    CHECK(get(summer(), "/v2/electricity/rto/region-datax/data").status == 500);
    CHECK(rto(summer(), "")["routes"].size() == 4);
}

TEST_CASE("pages in full-key order hold every row of every route once") {
    for (const Expected& of : all) {
        CAPTURE(of.route);
        const std::string target = std::string(of.route) +
                                   "/data?data[]=value&start=2018-07-02T00&end=2018-07-02T05&length=37" +
                                   full_key_sort(of);
        std::set<std::string> keys;
        std::int64_t rows = 0, total = 0;
        do {
            const json page = rto(summer(), target + "&offset=" + std::to_string(rows));
            total = std::stoll(page["total"].get<std::string>());
            REQUIRE(page["data"].size() == static_cast<std::size_t>(std::min<std::int64_t>(37, total - rows)));
            for (const json& row : page["data"])
                keys.insert(row["period"].get<std::string>() + "/" + row[of.first].get<std::string>() + "/" +
                            row[of.second].get<std::string>());
            rows += std::ssize(page["data"]);
        } while (rows < total);
        CHECK(total > 6 * 20);
        CHECK(std::ssize(keys) == total);
    }
}

TEST_CASE("facets select on both columns; codes keep their zeros; names are the API's") {
    const json zone = rto(summer(), "region-sub-ba-data/data?data[]=value&facets[subba][]=0001&start=2018-07-02");
    CHECK(zone["data"][0]["subba"] == "0001");
    CHECK(zone["data"][0]["parent-name"] == "Midcontinent Independent System Operator, Inc.");
    const json coal =
        rto(summer(), "fuel-type-data/data?facets[respondent][]=PACW&facets[fueltype][]=NG&end=2018-07-01T03");
    CHECK(coal["total"] == "4");
    CHECK(coal["data"][0]["type-name"] == "Natural Gas");
    const json tie = rto(summer(), "interchange-data/data?facets[fromba][]=ERCO&facets[toba][]=CEN&length=1");
    CHECK(tie["data"][0]["toba-name"] == "Centro Nacional de Control de Energia");
}

TEST_CASE("rows come in any order asked for, by names and values too") {
    const std::string hour = "interchange-data/data?data[]=value&start=2018-07-02T00&end=2018-07-02T00";
    const auto column = [&](const std::string& sort, const char* name) {
        std::vector<std::string> values;
        const json page = rto(summer(), hour + sort);
        for (const json& row : page["data"]) values.push_back(row[name]);
        return values;
    };
    const auto down =
        column("&sort[0][column]=period&sort[1][column]=toba&sort[1][direction]=desc&sort[2][column]=fromba", "toba");
    CHECK(std::ranges::is_sorted(down, std::greater{}));
    CHECK(std::ranges::is_sorted(column("&sort[0][column]=fromba-name", "fromba-name")));
    const auto by_value = column("&sort[0][column]=value", "value");
    CHECK(std::ranges::is_sorted(by_value, {}, [](const std::string& text) { return std::stod(text); }));
    CHECK(by_value.size() == down.size());
}
