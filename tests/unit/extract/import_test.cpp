// SPDX-License-Identifier: MIT
#include "gridring/extract/import.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"
#include "unit/extract/workplace.hpp"

using namespace gridring;
namespace fs = std::filesystem;

namespace {

const std::string balance = "Balancing Authority,UTC Time at End of Hour,Demand (MW),Net Generation (MW) from Coal\n";

/// Two halves of a day at the end of June, the second with one hour of the first again.
class Place : public test::Workplace {
public:
    Place() {
        fs::create_directories(folder() / "in");
        write("EIA930_BALANCE_2024_Jan_Jun.csv", balance +
                                                     "PACW,06/30/2024 11:00:00 PM,\"1,000\",5\n"
                                                     "PACW,07/01/2024 12:00:00 AM,1100,\n"
                                                     "AVA,07/01/2024 12:00:00 AM,300,\n");
        write("EIA930_BALANCE_2024_Jul_Dec.csv", balance +
                                                     "PACW,07/01/2024 12:00:00 AM,1100,6\n"
                                                     "AVA,07/01/2024 12:00:00 AM,301,\n"
                                                     "AVA,07/01/2024 3:00:00 AM,290,\n");
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder() / "in" / name, std::ios::binary) << text;
    }
    extract::ImportOptions options() const {
        extract::ImportOptions options;
        options.inputs = {folder() / "in"};
        options.series = folder() / "out" / "series.h5";
        options.history = "gridring import";
        return options;
    }
};

double value(const store::Series& series, const std::string& variable, const std::string& region, int hour) {
    return series.variable(variable)
        .values[static_cast<std::size_t>(series.region_index(region) * series.hours + hour)];
}

auto flag(const store::Series& series, const std::string& variable, const std::string& region, int hour) {
    return series.variable(variable).flags[static_cast<std::size_t>(series.region_index(region) * series.hours + hour)];
}

}  // namespace

TEST_CASE(
    "files merge hour by hour: equal values are duplicates, different ones a conflict, of which the first stays") {
    const Place place;
    const auto summary = extract::run_import(place.options());
    const auto series = store::read_series(summary.series);
    CHECK(to_string(series.first) == "2024-06-30T23");
    CHECK(series.hours == 5);
    REQUIRE(series.regions.size() == 2);
    CHECK(series.regions[0].code == "AVA");
    CHECK(series.regions[1].name == "PacifiCorp West");
    CHECK(series.regions[1].time_zone == "America/Los_Angeles");
    CHECK(value(series, "demand", "PACW", 0) == 1000);
    CHECK(value(series, "demand", "PACW", 1) == 1100);
    CHECK(std::isnan(value(series, "demand", "PACW", 2)));
    CHECK(flag(series, "demand", "PACW", 2) == series::missing);
    CHECK(value(series, "demand", "AVA", 1) == 300);
    CHECK(flag(series, "demand", "AVA", 1) == series::conflicting);
    CHECK(value(series, "demand", "AVA", 4) == 290);
    CHECK(value(series, "generation_col", "PACW", 1) == 6);  // an empty cell does not contradict a value
    CHECK(flag(series, "generation_col", "PACW", 1) == series::good);
    CHECK(series.variable("generation_col").source_code == "COL");
    CHECK(series.provenance.source == "EIA-930 balance");
    CHECK(series.provenance.source_url == "files EIA930_BALANCE_2024_Jan_Jun.csv, EIA930_BALANCE_2024_Jul_Dec.csv");

    CHECK(summary.records == 6);
    REQUIRE(summary.tallies.size() == 3);
    CHECK(summary.tallies[0].region == "AVA");
    CHECK(summary.tallies[0].conflicts == 1);
    CHECK(summary.tallies[0].gaps == 3);
    CHECK(summary.tallies[1].duplicates == 1);
    const std::string text = extract::to_text(summary);
    for (const char* word : {"2024-06-30T23 to 2024-07-01T03 UTC (5 hours)", "PACW    generation_col", "series.h5"})
        CHECK_MESSAGE(text.find(word) != std::string::npos, word, " not in\n", text);
}

TEST_CASE("the same whichever file comes first, but for what conflicts; descending hours too") {
    const Place place;
    auto options = place.options();
    place.write("EBA.txt", R"({"series_id":"EBA.AVA-ALL.DF.H","data":[["20240701T02Z",2],["20240629T22Z",1]]})");
    options.inputs = {place.folder() / "in" / "EIA930_BALANCE_2024_Jul_Dec.csv",
                      place.folder() / "in" / "EIA930_BALANCE_2024_Jan_Jun.csv", place.folder() / "in" / "EBA.txt"};
    const auto series = store::read_series(extract::run_import(options).series);
    CHECK(series.hours == 30);
    CHECK(value(series, "demand", "PACW", 25) == 1000);
    CHECK(value(series, "demand", "AVA", 26) == 301);
    CHECK(flag(series, "demand", "AVA", 26) == series::conflicting);
    CHECK(value(series, "demand_forecast", "AVA", 0) == 1);
    CHECK(value(series, "demand_forecast", "AVA", 28) == 2);
}

TEST_CASE("hours, regions and variables asked for are what the file holds") {
    const Place place;
    auto options = place.options();
    options.from = *parse_hour("2024-07-01T00");
    options.to = *parse_hour("2024-07-01T05");
    options.regions = {"PACW", "AVA"};
    options.variables = {"demand"};
    const auto series = store::read_series(extract::run_import(options).series);
    CHECK(series.first == *options.from);
    CHECK(series.hours == 6);
    CHECK(series.regions[0].code == "PACW");
    CHECK(series.variables.size() == 1);
    CHECK(value(series, "demand", "PACW", 0) == 1100);
    CHECK(flag(series, "demand", "AVA", 5) == series::missing);

    options.may_replace = true;
    options.regions = {"PACW", "CISO"};
    CHECK_THROWS_WITH_AS(
        extract::run_import(options),
        doctest::Contains("none of region CISO; the files hold 2024-06-30T23 to 2024-07-01T03, regions AVA, PACW"),
        DataError);
    options.regions = {};
    options.variables = {"demand", "generation_sun"};
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("variable generation_sun"), DataError);
    options.variables = {};
    options.from = options.to = *parse_hour("2023-07-01T00");
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("none of these hours"), DataError);
    CHECK(store::read_series(options.series).hours == 6);  // as it was
}

TEST_CASE("an existing series file is replaced only when told so; a failed import leaves it") {
    const Place place;
    auto options = place.options();
    extract::run_import(options);
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("--fresh"), ConfigError);
    options.may_replace = true;
    place.write("EIA930_BALANCE_2025_Jan_Jun.csv", "Balancing Authority,Hour\nPACW,1\n");
    CHECK_THROWS_AS(extract::run_import(options), DataError);
    CHECK(store::read_series(options.series).hours == 5);
    place.write("EIA930_BALANCE_2025_Jan_Jun.csv", balance + "PACW,07/01/2024 6:00:00 AM,1,\nPACW,yesterday,1,\n");
    CHECK(extract::run_import(options).bad_rows == 1);
    CHECK(store::read_series(options.series).hours == 8);
}

TEST_CASE("what is of no known kind is passed over in a folder, and refused by name") {
    const Place place;
    auto options = place.options();
    place.write("notes.txt", "hello\n");
    place.write("picture.png", "hello\n");
    CHECK(extract::run_import(options).files.size() == 2);
    options.may_replace = true;
    options.inputs = {place.folder() / "in" / "notes.txt"};
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("found 'hello'"), DataError);
    options.inputs = {place.folder() / "absent.csv"};
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("absent.csv"), StoreError);
    fs::create_directories(place.folder() / "out");
    options.inputs = {place.folder() / "out"};
    CHECK_THROWS_WITH_AS(extract::run_import(options), doctest::Contains("found none"), DataError);
}

TEST_CASE("a slip in a year does not make a file of centuries") {
    const Place place;
    place.write("PACW.csv", "period,D\n1924-07-01T00,1\n");
    CHECK_THROWS_WITH_AS(extract::run_import(place.options()), doctest::Contains("1924-07-01T00 (of demand of PACW)"),
                         DataError);
}
