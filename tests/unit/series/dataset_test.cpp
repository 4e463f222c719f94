// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

TEST_CASE("a dataset knows its hours, and says what lies outside") {
    auto series = test::series_of({test::calm_demand(100), test::calm_demand(100, 40'000, 2)});
    series.variables[0].values[130] = test::missing_mw;
    const Dataset data = prepare(series, 24);
    CHECK(data.hours == 100);
    CHECK(data.regions == std::vector<std::string>{"A", "B"});
    CHECK(data.index(data.hour_at(17)) == 17);
    CHECK(data.mw(1, 31) == series.variables[0].values[131]);
    CHECK(data.valid(1, 31));
    CHECK_FALSE(data.valid(1, 30));
    CHECK(std::isnan(data.mw(1, 30)));
    CHECK(data.filled(1, 30) == static_cast<float>(series.variables[0].values[106]));  // 24 h before
    CHECK_FALSE(data.valid(0, -1));
    CHECK_FALSE(data.valid(0, 100));
    CHECK(std::isnan(data.mw(0, -1)));
    CHECK(std::isnan(data.mw(0, 100)));
    CHECK(data.filled(0, -5) == data.filled(0, 0));
    CHECK_THROWS_AS(data.filled(0, 100), BugError);
}

TEST_CASE("without screening every hour with a value counts, whatever speaks against it") {
    auto series = test::series_of({test::calm_demand(100)});
    series.variables[0].values[30] = -5, series.variables[0].values[31] = test::missing_mw;
    const Dataset screened = prepare(series, 0), whole = prepare(series, 0, {}, {}, Screening::none);
    CHECK_FALSE(screened.valid(0, 30));
    CHECK(whole.valid(0, 30));
    CHECK(whole.filled(0, 30) == -5);
    CHECK_FALSE(whole.valid(0, 31));
    CHECK_THROWS_AS(parse_screening("no"), ConfigError);
}

TEST_CASE("the calendar reaches beyond the data by what was asked") {
    const Dataset longer = prepare(test::series_of({test::calm_demand(124), test::calm_demand(124)}), 0);
    const Dataset data = prepare(test::series_of({test::calm_demand(100), test::calm_demand(100)}), 24);
    for (const std::int64_t hour : {0, 99, 100, 123}) {
        const auto found = data.calendar_of(1, hour), expected = longer.calendar_of(1, hour);
        CHECK(found.size() == calendar_feature_names().size());
        CHECK(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
    }
    CHECK_THROWS_AS(data.calendar_of(0, 124), BugError);
    CHECK_THROWS_AS(data.calendar_of(0, -1), BugError);
}

TEST_CASE(
    "an hour is valid when the causal screen and the causal flags of the file say so; what looks ahead has no say") {
    auto series = test::series_of({test::calm_demand(1000)});
    series.variables[0].values[900] = 1e6;
    const Dataset screened = prepare(series, 0);
    CHECK_FALSE(screened.valid(0, 900));
    REQUIRE(screened.valid(0, 5));
    series.variables[0].flags.assign(1000, good);
    series.variables[0].flags[5] = conflicting;
    series.variables[0].flags[6] = spike;  // as version 1 stored it
    for (const int bit : {6, 7, 8, 9, 10, 11, 12, 13, 14})
        series.variables[0].flags[100 + static_cast<std::size_t>(bit)] = static_cast<std::uint16_t>(1 << bit);
    const Dataset data = prepare(series, 0);
    CHECK_FALSE(data.valid(0, 900));
    CHECK_FALSE(data.valid(0, 5));
    CHECK_FALSE(data.valid(0, 6));
    for (const std::int64_t hour : {106, 107, 108, 109, 110, 111, 112, 113, 114})
        CHECK(data.valid(0, hour) == screened.valid(0, hour));
}

TEST_CASE("time zones come from the configuration, else from the file, else from the table of respondents") {
    auto series = test::series_of({test::calm_demand(48), test::calm_demand(48)});
    series.regions[1] = {"ERCO", "ERCOT", ""};
    CHECK(prepare(series, 0).time_zones == std::vector<std::string>{"America/Los_Angeles", "America/Chicago"});
    CHECK(prepare(series, 0, {"", "UTC"}).time_zones == std::vector<std::string>{"America/Los_Angeles", "UTC"});
    CHECK_THROWS_WITH_AS(prepare(series, 0, {"UTC"}), doctest::Contains("2 regions"), ConfigError);
}

TEST_CASE("a region without one valid hour is named, and so is a series without demand") {
    auto series = test::series_of({test::calm_demand(48), std::vector<double>(48, test::missing_mw)});
    CHECK_THROWS_WITH_AS(prepare(series, 0), doctest::Contains("demand of B has no valid hour"), DataError);
    series.variables[0].name = "net_generation";
    CHECK_THROWS_WITH_AS(prepare(series, 0), doctest::Contains("it has: net_generation"), DataError);
}

TEST_CASE("appended hours are data as if they had come") {
    const std::vector<std::vector<double>> rows{test::calm_demand(148, 2500, 1), test::calm_demand(148, 900, 2)};
    const Dataset whole = prepare(test::series_of(rows), 0, {}, {}, Screening::none);
    auto begun = rows;
    std::vector<float> rest;
    for (auto& row : begun) {
        for (std::size_t hour = 100; hour < 148; ++hour) rest.push_back(static_cast<float>(row[hour]));
        row.resize(100);
    }
    Dataset data = prepare(test::series_of(begun), 60, {}, {}, Screening::none);
    append_hours(data, rest);
    CHECK((data.hours == 148 && data.known_ahead == 12));
    CHECK(data.is_valid == whole.is_valid);
    CHECK(data.filled_mw == whole.filled_mw);
    for (const std::int64_t region : {0, 1})
        for (const std::int64_t hour : {0, 99, 100, 147}) {
            CHECK(data.mw(region, hour) == doctest::Approx(whole.mw(region, hour)));
            CHECK(std::ranges::equal(data.calendar_of(region, hour), whole.calendar_of(region, hour)));
        }
}

TEST_CASE("the fingerprint tells one datum, one flag, one name and one hour apart, and nothing else") {
    const auto series = test::series_of({test::calm_demand(300), test::calm_demand(300)});
    const std::string reference = fingerprint(prepare(series, 24));
    CHECK(reference.size() == 16);
    CHECK(fingerprint(prepare(series, 48)) == reference);
    auto other = series;
    SUBCASE("one value") { other.variables[0].values[599] = std::nextafter(other.variables[0].values[599], 1e9); }
    SUBCASE("one flag") {
        other.variables[0].flags.assign(600, good);
        other.variables[0].flags[3] = spike;
    }
    SUBCASE("one name") { other.regions[0].code = std::string("C"); }
    SUBCASE("one hour") { other.first += std::chrono::hours{1}; }
    CHECK(fingerprint(prepare(other, 24)) != reference);
}

}  // namespace
}  // namespace gridring::series
