// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gridring/source/synthetic_grid.hpp"

using namespace gridring;
using source::Grid, source::GridTable, source::synthetic_grid;

namespace {

Hour hour(const char* text) { return *parse_hour(text); }

const GridTable& table(const Grid& grid, std::string_view route) {
    const auto found =
        std::ranges::find(grid.tables, route, [](const auto& one) { return std::string_view(one->route); });
    REQUIRE(found != grid.tables.end());
    return **found;
}

/// The rows of one hour, by code; sums over the other facet.
std::map<std::string, double> sums(const Grid& grid, const GridTable& table, std::int64_t at, bool by_first) {
    std::map<std::string, double> sums;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
        if (table.has(grid, c, at))
            sums[by_first ? table.columns[c].first : table.columns[c].second] += table.value(grid, c, at);
    return sums;
}

/// Every hour's rows add up to the quantity, and are absent where it is.
void check_sums(const Grid& grid, std::string_view route, std::string_view type, bool by_first,
                const std::vector<std::string>& authorities) {
    const GridTable& rows = table(grid, route);
    std::int64_t early = 0, wrong = 0, right = 0, gaps = 0;
    for (std::int64_t h = 0; h < grid.hours; ++h) {
        const auto of_hour = sums(grid, rows, h, by_first);
        if (grid.hour(h) < hour("2018-07-01T00")) {
            early += std::ssize(of_hour);
            continue;
        }
        for (const auto& code : authorities) {
            const auto respondent = std::ranges::find(grid.respondents, code, &source::GridRespondent::code);
            const auto quantity = std::ranges::find(respondent->quantities, type, &source::GridQuantity::type);
            const double whole = quantity->values[static_cast<std::size_t>(h)];
            const auto found = of_hour.find(code);
            const bool is_gap = std::isnan(whole);
            wrong += is_gap ? found != of_hour.end() : found == of_hour.end() || found->second != whole;
            gaps += is_gap;
            right += !is_gap;
        }
    }
    CHECK(early == 0);
    CHECK(wrong == 0);
    CHECK(gaps > 10);
    CHECK(right > 8000 * std::ssize(authorities));
}

/// A year with gaps and wild values in it.
const Grid& year() {
    static const Grid grid = synthetic_grid(1, hour("2018-06-30T00"), hour("2019-06-30T23"));
    return grid;
}

}  // namespace

TEST_CASE("fuels add up to net generation, neighbours to interchange, sub-areas to demand") {
    const std::vector<std::string> all{"BPAT", "CISO", "ERCO", "MISO", "PACW", "SWPP"};
    check_sums(year(), "fuel-type-data", "NG", true, all);
    check_sums(year(), "interchange-data", "TI", true, all);
    check_sums(year(), "region-sub-ba-data", "D", false, {"CISO", "ERCO", "MISO", "SWPP"});
}

TEST_CASE("what one sends the other does not send back") {
    const GridTable& ties = table(year(), "interchange-data");
    std::map<std::pair<std::string, std::string>, std::size_t> column;
    for (std::size_t c = 0; c < ties.columns.size(); ++c) column[{ties.columns[c].first, ties.columns[c].second}] = c;
    int compared = 0, wrong = 0;
    for (const auto& [pair, there] : column) {
        const auto back = column.find({pair.second, pair.first});
        CHECK((back != column.end() || pair.second == "CEN"));  // who is abroad reports nothing
        if (back == column.end()) continue;
        for (std::int64_t h = 0; h < year().hours; h += 7)
            if (ties.has(year(), there, h) && ties.has(year(), back->second, h)) {
                const double sent = ties.value(year(), there, h);
                wrong += sent != -ties.value(year(), back->second, h);
                compared += sent != 0;
            }
    }
    CHECK(wrong == 0);
    CHECK(compared > 20'000);
}

TEST_CASE("generation has its nights, its negative batteries, and none of these before November 2024") {
    const Grid grid = synthetic_grid(1, hour("2024-10-31T00"), hour("2024-11-03T23"));
    const GridTable& fuels = table(grid, "fuel-type-data");
    double lowest_battery = 0, highest_battery = 0, lowest_other = 0, lowest_sun = 1e9, highest_sun = 0;
    for (std::size_t c = 0; c < fuels.columns.size(); ++c)
        for (std::int64_t h = 0; h < grid.hours; ++h) {
            const auto& [respondent, fuel] = fuels.columns[c];
            if (fuel == "BAT") {
                REQUIRE((respondent == "CISO" || respondent == "ERCO"));
                REQUIRE((grid.hour(h) >= hour("2024-11-01T00") || !fuels.has(grid, c, h)));
            }
            if (!fuels.has(grid, c, h)) continue;
            const double value = fuels.value(grid, c, h);
            REQUIRE(value == std::round(value));
            if (fuel == "BAT") {
                lowest_battery = std::min(lowest_battery, value);
                highest_battery = std::max(highest_battery, value);
            } else {
                lowest_other = std::min(lowest_other, value);
            }
            if (fuel == "SUN" && respondent == "CISO") {
                lowest_sun = std::min(lowest_sun, value);
                highest_sun = std::max(highest_sun, value);
            }
        }
    CHECK(lowest_battery < -500);
    CHECK(highest_battery > 500);
    CHECK(lowest_other >= 0);
    CHECK(lowest_sun == 0);
    CHECK(highest_sun > 3000);
}

TEST_CASE("an hour of any table depends on the seed, not on the span asked for") {
    const Grid narrow = synthetic_grid(1, hour("2018-12-05T07"), hour("2018-12-06T12"));
    const Grid other = synthetic_grid(2, narrow.first, narrow.last());
    const std::int64_t shift = (narrow.first - year().first).count();
    for (std::size_t t = 0; t < narrow.tables.size(); ++t) {
        const GridTable &wide_rows = *year().tables[t], &rows = *narrow.tables[t];
        int differing = 0, compared = 0;
        for (std::size_t c = 0; c < rows.columns.size(); ++c)
            for (std::int64_t h = 0; h < narrow.hours; ++h) {
                REQUIRE(rows.has(narrow, c, h) == wide_rows.has(year(), c, h + shift));
                if (!rows.has(narrow, c, h)) continue;
                REQUIRE(rows.value(narrow, c, h) == wide_rows.value(year(), c, h + shift));
                ++compared;
                differing += !other.tables[t]->has(other, c, h) ||
                             other.tables[t]->value(other, c, h) != rows.value(narrow, c, h);
            }
        CHECK(differing > compared / 2);
    }
}
