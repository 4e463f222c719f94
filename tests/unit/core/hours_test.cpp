// SPDX-License-Identifier: MIT
#include "gridring/core/hours.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"

using namespace gridring;

TEST_CASE("hours parse and print as EIA stamps them") {
    CHECK(to_string(*parse_hour("2024-02-29T23")) == "2024-02-29T23");
    CHECK(to_string(*parse_hour("2024-01-02")) == "2024-01-02T00");
    CHECK(epoch_hours(*parse_hour("1970-01-02T01")) == 25);
    CHECK(from_epoch_hours(25) == *parse_hour("1970-01-02 01"));
    for (const char* bad :
         {"", "2024", "2023-02-29T00", "2024-01-01T24", "2024-01-01T00:00", "2024-1-01", "2024-01-01Tx1", "-024-01-01"})
        CHECK_FALSE(parse_hour(bad).has_value());
    for (const char* bad : {"yesterday", "2024-12-31"})
        CHECK_THROWS_WITH_AS(require_hour(bad, "/extract/to"), doctest::Contains(bad), ConfigError);
    CHECK(require_hour("2024-12-31 23", "/extract/to") == *parse_hour("2024-12-31T23"));
}
