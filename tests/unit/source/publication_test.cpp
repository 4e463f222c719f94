// SPDX-License-Identifier: MIT
#include "gridring/source/publication.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <map>

#include "emulator_probe.hpp"

using namespace test;

namespace {

/// PACW's rows of a type by period, from an emulator whose clock stands `hours` hours behind 2016-01-20T00.
std::map<std::string, double> rows(const char* type, std::optional<std::int64_t> hours, std::int64_t preliminary = 0) {
    auto options = span("2016-01-01T00", "2016-01-31T23");
    if (hours) options.publication.from = *parse_hour("2016-01-20T00") + std::chrono::hours{*hours};
    options.publication.hours_per_second = 0;
    options.publication.preliminary_hours = preliminary;
    const source::Emulator emulator(options);
    const json data =
        rto(emulator, std::string("region-data/data?frequency=hourly&data[]=value&length=5000&facets[respondent][]="
                                  "PACW&facets[type][]=") +
                          type)["data"];
    std::map<std::string, double> values;
    for (const json& row : data) values[row["period"]] = std::stod(row["value"].get<std::string>());
    return values;
}

}  // namespace

TEST_CASE("hours come when the clock has reached them, operators' forecasts a day before") {
    const auto all = rows("D", std::nullopt), known = rows("D", 5);
    CHECK(all.rbegin()->first == "2016-01-31T23");
    CHECK(known.rbegin()->first == "2016-01-20T05");
    CHECK(rows("DF", 5).rbegin()->first == "2016-01-21T05");
    for (const auto& [period, value] : known) CHECK(value == all.at(period));

    source::Publication quick{.from = *parse_hour("2016-01-20T00"), .hours_per_second = 3600, .preliminary_hours = 0};
    quick.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() - 1;
    CHECK(quick.last() >= *parse_hour("2016-01-20T00") + std::chrono::hours{3600});
}

TEST_CASE("the newest values are preliminary, and final when they are old enough") {
    const auto final = rows("D", std::nullopt), early = rows("D", 0, 100), later = rows("D", 100, 100);
    int beside = 0;
    for (const auto& [period, value] : early) {
        const double error = std::abs(value / final.at(period) - 1);
        CHECK(error <= 0.051);
        beside += error > 0;
        if (period <= "2016-01-15T20") CHECK(error == 0);  // 100 hours before
        if (period <= "2016-01-20T00") CHECK(later.at(period) == final.at(period));
    }
    CHECK(beside > 10);
    CHECK(beside < 50);
}
