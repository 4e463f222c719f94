// SPDX-License-Identifier: MIT
#include "gridring/source/own_table.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "gridring/core/error.hpp"
#include "source/own_times.hpp"

using namespace gridring;
using source::OwnLayout;
namespace fs = std::filesystem;

namespace {

using Hours = std::map<std::string, double>;

/// One file of the scratch folder, read as described.
class Town {
public:
    Town() : folder_(fs::temp_directory_path() / ("gridring-own-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
        layout.time = "when", layout.value = "mw", layout.time_zone = "Europe/Berlin";
        layout.labels = source::RowLabel::beginning;
    }
    ~Town() { fs::remove_all(folder_); }

    void read(const std::string& text) {
        const auto file = folder_ / "town.csv";
        std::ofstream(file, std::ios::binary) << text;
        series.clear();
        report = source::read_own_table(file, layout, {}, [&](const source::BulkStretch& stretch) {
                     auto& hours = series[std::string(stretch.region) + " " + stretch.quantity.variable];
                     for (std::size_t i = 0; i < stretch.hours.size(); ++i)
                         hours[to_string(stretch.hours[i])] = stretch.values[i];
                 }).front();
    }

    OwnLayout layout;
    std::map<std::string, Hours> series;
    source::BulkReport report;

private:
    fs::path folder_;
};

}  // namespace

TEST_CASE("hour beginning, local: the gap of spring leaves no hole, nor does a blank row in it") {
    Town town;
    const Hours expected{{"2023-03-26T00", 1}, {"2023-03-26T01", 2}, {"2023-03-26T02", 3}};
    town.read("when,mw\n2023-03-26 00:00,1\n2023-03-26 01:00,2\n2023-03-26 03:00,3\n");
    CHECK(town.series["town demand"] == expected);
    town.read("when,mw\n2023-03-26 00:00,1\n2023-03-26 01:00,2\n2023-03-26 02:00,\n2023-03-26 03:00,3\n");
    CHECK(town.series["town demand"] == expected);
    CHECK_THROWS_WITH_AS(town.read("when,mw\n2023-03-26 01:00,2\n2023-03-26 02:00,9\n"),
                         doctest::Contains("town.csv:3: 2023-03-26T02:00 does not exist in Europe/Berlin"), DataError);
}

TEST_CASE("the first of a double hour is summer time") {
    Town town;
    const Hours expected{{"2023-10-29T00", 1}, {"2023-10-29T01", 2}, {"2023-10-29T02", 3}, {"2023-10-29T03", 4}};
    town.read("when,mw\n2023-10-29T01:00,1\n2023-10-29T02:00,2\n2023-10-29T02:00,3\n2023-10-29T03:00,4\n");
    CHECK(town.series["town demand"] == expected);
    town.layout.labels = source::RowLabel::ending;  // both ways in which files say it
    town.read("when,mw\n2023-10-29T02:00,1\n2023-10-29T03:00,2\n2023-10-29T03:00,3\n2023-10-29T04:00,4\n");
    CHECK(town.series["town demand"] == expected);
    town.read("when,mw\n2023-10-29T02:00,1\n2023-10-29T02:00,2\n2023-10-29T03:00,3\n2023-10-29T04:00,4\n");
    CHECK(town.series["town demand"] == expected);
    CHECK_THROWS_WITH_AS(town.read("when,mw\n2023-10-30T02:00,1\n2023-10-30T03:00,2\n2023-10-30T03:00,3\n"),
                         doctest::Contains("town.csv:4: expected times that increase, found 2023-10-30T03:00"),
                         DataError);
}

TEST_CASE("half hours in the double hour and in the gap become hours of power, or of energy") {
    Town town;
    town.layout.unit = source::RowUnit::mwh_per_row;
    town.read(
        "when;mw;temp\n29.10.2023 02:00;1;10\n29.10.2023 02:30;2;12\n29.10.2023 02:00;3;NA\n29.10.2023 "
        "02:30;4;8\n29.10.2023 03:00;5;8\n29.10.2023 03:30;6;7\n");
    CHECK(town.series["town demand"] == Hours{{"2023-10-29T01", 3}, {"2023-10-29T02", 7}, {"2023-10-29T03", 11}});
    CHECK(town.report.detail == "rows of 30 min");
    town.layout.unit = source::RowUnit::kw;
    town.layout.labels = source::RowLabel::ending;
    town.layout.covariates = {{"temp", "degC"}};
    town.layout.decimal = ',';
    town.read(
        "when;mw;temp\n26.03.2023 01:30;1000;9,5\n26.03.2023 02:00;2000;10,5\n26.03.2023 03:30;3000;1\n26.03.2023 "
        "04:00;4000;2\n26.03.2023 04:30;1;\n26.03.2023 05:00;;\n");
    CHECK(town.series["town demand"] == Hours{{"2023-03-26T01", 1.5}, {"2023-03-26T02", 3.5}});
    CHECK(town.series["town temp"] == Hours{{"2023-03-26T01", 10}, {"2023-03-26T02", 1.5}});
    REQUIRE(town.report.warnings.size() == 1);
    CHECK(town.report.warnings[0].find("column 'mw': 1 hours lack some of their 2 rows") != std::string::npos);
}

TEST_CASE("a missing week stays missing; a bad line is told and left out") {
    Town town;
    std::string text = "when,mw,note\n";
    for (int day = 1; day <= 20; ++day)
        for (int hour = 0; hour < 24 && (day < 8 || day > 14); ++hour)
            text += fmt::format("2023-01-{:02} {:02}:00:00,{},x\n", day, hour, day == 2 && hour == 0 ? "broken" : "5");
    town.read(text);
    const auto& hours = town.series["town demand"];
    CHECK(hours.size() == 13 * 24 - 1);
    CHECK(hours.contains("2023-01-07T23"));
    CHECK_FALSE(hours.contains("2023-01-08T00"));
    CHECK_FALSE(hours.contains("2023-01-14T23"));
    CHECK(hours.contains("2023-01-15T00"));
    CHECK(town.report.bad_rows == 1);
    CHECK(town.report.first_bad[0].find("town.csv:26: column 'mw': expected a number or an empty cell, found "
                                        "'broken'") != std::string::npos);
}

TEST_CASE("a cell that is no number is missing, the others of its row are not") {
    Town town;
    town.layout.covariates = {{"temp", "degC"}};
    town.read(
        "when,mw,temp\n2023-01-01 00:00,1,sunny\n2023-01-01 01:00,full,3\n2023-01-01 02:00,what,ever\n"
        "2023-01-01 03:00,4,5\n");
    CHECK(town.series["town demand"] == Hours{{"2023-01-01T00", 1}, {"2023-01-01T03", 4}});
    CHECK(town.series["town temp"] == Hours{{"2023-01-01T01", 3}, {"2023-01-01T03", 5}});
    CHECK(town.report.bad_rows == 3);
    CHECK(town.report.first_bad[0].find("column 'temp': expected a number or an empty cell, found 'sunny'; taken as "
                                        "missing") != std::string::npos);
}

TEST_CASE("wide files: a region a column, a covariate for all; truth as 0 and 1; offsets win over the clock") {
    Town town;
    town.layout.is_wide = true;
    town.layout.covariates = {{"Is holiday", "1"}};
    town.layout.wide_regions = {"B", "A"};
    town.read("when,A,B,Is holiday,text\n2023-01-01T00:00Z,1,2,TRUE,a\n2023-01-01T02:00+01:00,3,4,FALSE,b\n");
    CHECK(town.series.size() == 4);
    CHECK(town.series["A demand"] == Hours{{"2023-01-01T01", 1}, {"2023-01-01T02", 3}});
    CHECK(town.series["B demand"] == Hours{{"2023-01-01T01", 2}, {"2023-01-01T02", 4}});
    CHECK(town.series["B is_holiday"] == Hours{{"2023-01-01T01", 1}, {"2023-01-01T02", 0}});
}

TEST_CASE("what cannot be read says what to change") {
    Town town;
    const auto message = [&](const std::string& text) {
        try {
            source::check(town.layout);
            town.read(text);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    const auto tells = [&](const std::string& text, const char* what) {
        CHECK_MESSAGE(message(text).find(what) != std::string::npos, message(text), " has no ", what);
    };
    tells("time,mw\n", "expected a column 'when', found time, mw; name the column with --time");
    tells("when,load\n", "expected a column 'mw', found when, load; name the column with --value");
    tells("when;mw\n2023-01-01 00:00;1,5\n", "a decimal comma needs --decimal ,");
    tells("when;mw\n2023-01-01 00:00;1,234.5\n", "separators of thousands are not read: remove them");
    tells("when,mw\n1/2/2023 00:00,1\n", "tell --date-order dmy or mdy");
    tells("when,mw\n2023-01-01 00:00,x\n2023-01-01 01:00,1\n2023-01-01 00:00,1\n",
          "(1 rows before it have faults, the first: ");
    tells("when,mw\n2023-01-01 02:00,1\n2023-01-01 01:00,1\n2023-01-01 00:00,1\n",
          "found the latest first; sort the file");
    tells("when,mw\n2023-01-01,1\n2023-01-02,1\n", "expected rows of an hour or a whole part of it");
    tells("when,mw\n2023-01-01 00:00,1\n2023-01-01 01:00,1\n2023-01-01 02:00,1\n2023-01-01 02:30,1\n",
          "town.csv:5: expected rows every 60 min");
    town.layout.time_zone = "";
    tells("when,mw\n2023-01-01 00:00,1\n", "names no zone; tell --time-zone");
    town.layout.labels.reset();
    tells("when,mw\n2023-01-01 00:00,1\n", "--labels: expected beginning or ending");
    town.layout.time_zone = "Europe/Berlim";
    town.layout.labels = source::RowLabel::beginning;
    tells("when,mw\n", "Europe/Berlim");
    town.layout.time_zone = "UTC";
    town.layout.covariates = {{"Demand"}};
    tells("when,mw\n", "--covariate Demand: expected a name that makes a variable of its own");
}

TEST_CASE("times of many makers") {
    using source::DateOrder;
    const auto text = [](const char* stamp, DateOrder order = DateOrder::unknown) {
        const auto found = source::parse_stamp(stamp, order);
        if (!found) return std::string("none");
        const auto minutes = found->wall_clock.time_since_epoch().count();
        const auto offset = found->utc_offset ? fmt::format(" offset {}", found->utc_offset->count()) : "";
        return fmt::format("{}+{}{}", to_string(from_epoch_hours(minutes / 60)), minutes % 60, offset);
    };
    CHECK(text("2023-01-31T13:30") == "2023-01-31T13+30");
    CHECK(text("2023-01-31 13:30:00.000") == "2023-01-31T13+30");
    CHECK(text("2023/01/31 5") == "2023-01-31T05+0");
    CHECK(text("2023-01-31") == "2023-01-31T00+0");
    CHECK(text("31.1.2023 24:00") == "2023-02-01T00+0");
    CHECK(text("2023-01-31T13:30:00Z") == "2023-01-31T13+30 offset 0");
    CHECK(text("2023-01-31 13:30:00 -0930") == "2023-01-31T13+30 offset -570");
    CHECK(text("3/4/2023 1:00", DateOrder::day_first) == "2023-04-03T01+0");
    CHECK(text("3/4/2023 1:00", DateOrder::month_first) == "2023-03-04T01+0");
    for (const char* bad : {"", "3/4/2023 1:00", "2023-02-29", "2023-01-31T25:00", "2023-01-31T13:30:10", "0203-01-31",
                            "2023-01-31T13:30 PM", "2023-01-31T13:30+2:00", "2023-01", "2023-01-31T"})
        CHECK_MESSAGE(text(bad) == "none", bad);
}
