// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/series/dataset.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

std::vector<std::string> stamps(const Dataset& data, std::int64_t begin, std::int64_t end) {
    std::vector<std::string> texts;
    for (const std::int64_t origin : midnight_origins(data, 0, begin, end))
        texts.push_back(to_string(data.hour_at(origin)));
    return texts;
}

Dataset hours_from(const char* first, std::size_t hours, const char* zone = "America/Los_Angeles") {
    return prepare(test::series_of({std::vector<double>(hours, 100)}, first, zone), 24);
}

using Stamps = std::vector<std::string>;

TEST_CASE("an origin is the hour that ends at local midnight") {
    CHECK(stamps(hours_from("2024-01-01T00", 72), 0, 72) == Stamps{"2024-01-01T08", "2024-01-02T08"});
    CHECK(stamps(hours_from("2024-01-01T00", 72, "UTC"), 0, 72) == Stamps{"2024-01-01T00", "2024-01-02T00"});
}

TEST_CASE("the day on which clocks go forward has 23 hours, the one on which they go back 25") {
    CHECK(stamps(hours_from("2024-03-09T12", 72), 0, 72) == Stamps{"2024-03-10T08", "2024-03-11T07"});
    CHECK(stamps(hours_from("2024-11-02T12", 72), 0, 72) == Stamps{"2024-11-03T07", "2024-11-04T08"});
}

TEST_CASE("once a day at an hour of the clock, also when it goes back") {
    const Dataset data = hours_from("2024-11-02T12", 72);
    Stamps one, nine;
    for (const std::int64_t origin : daily_origins(data, 0, 0, 72, 1)) one.push_back(to_string(data.hour_at(origin)));
    for (const std::int64_t origin : daily_origins(data, 0, 4, 29, 9)) nine.push_back(to_string(data.hour_at(origin)));
    CHECK(one == Stamps{"2024-11-03T08", "2024-11-04T09", "2024-11-05T09"});  // 01:00 comes twice on the 3rd
    CHECK(nine == Stamps{"2024-11-02T16"});
}

TEST_CASE("all 24 hours after an origin lie in the span, its first and last hour included") {
    const Dataset data = hours_from("2024-01-01T00", 120);
    CHECK(stamps(data, 9, 33) == Stamps{"2024-01-01T08"});  // hours 9 … 32
    CHECK(stamps(data, 10, 33).empty());
    CHECK(stamps(data, 9, 32).empty());
    CHECK(stamps(data, 9, 57) == Stamps{"2024-01-01T08", "2024-01-02T08"});
    CHECK(stamps(data, 0, 0).empty());
}

TEST_CASE("a year has one origin a day") {
    CHECK(stamps(hours_from("2023-01-01T00", 366 * 24), 0, 366 * 24).size() == 365);
}

TEST_CASE("where no clock shows midnight, the day begins with its first instant") {
    // Beirut 2022-03-27: the clock jumps from 0:00 to 1:00
    CHECK(stamps(hours_from("2022-03-26T12", 72, "Asia/Beirut"), 0, 72) == Stamps{"2022-03-26T22", "2022-03-27T21"});
}

}  // namespace
}  // namespace gridring::series
