// SPDX-License-Identifier: MIT
#include "gridring/source/bulk.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "gridring/core/error.hpp"
#include "gridring/net/gzip.hpp"
#include "source/csv_text.hpp"
#include "source/zip_archive.hpp"

using namespace gridring;
namespace fs = std::filesystem;

namespace {

/// "PACW demand" -> hour -> value. Repeats are kept apart.
using Values = std::map<std::string, std::multimap<std::string, double>>;

struct Read {
    std::vector<source::BulkReport> reports;
    Values values;
    std::map<std::string, source::BulkQuantity> quantities;  ///< by variable
};

class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("gridring-bulk-" + std::to_string(getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }

    Read read(const std::string& name, const std::string& bytes, const source::BulkOptions& options = {}) const {
        std::ofstream(path_ / name, std::ios::binary) << bytes;
        Read read;
        read.reports = source::read_bulk(path_ / name, options, [&](const source::BulkStretch& stretch) {
            read.quantities.emplace(stretch.quantity.variable, stretch.quantity);
            auto& line = read.values[std::string(stretch.region) + " " + stretch.quantity.variable];
            for (std::size_t i = 0; i < stretch.hours.size(); ++i)
                line.emplace(to_string(stretch.hours[i]), stretch.values[i]);
        });
        return read;
    }

private:
    fs::path path_;
};

const std::string balance_header =
    R"x("Balancing Authority","Data Date","Hour Number","Local Time at End of Hour","UTC Time at End of Hour",)x"
    R"x("Demand Forecast (MW)","Demand (MW)","Net Generation (MW)","Total Interchange (MW)","Sum(Valid DIBAs) (MW)",)x"
    R"x("Demand (MW) (Imputed)","Demand (MW) (Adjusted)","Net Generation (MW) from Coal",)x"
    R"x("Net Generation (MW) from Natural Gas","Net Generation (MW) from Coal (Imputed)",)x"
    R"x("Net Generation (MW) from Coal (Adjusted)","Region")x"
    "\n";

/// A row of that header, from the hour to the values.
std::string balance_row(const std::string& region, const std::string& utc, const std::string& values) {
    return region + ",01/01/2024,1,01/01/2024 1:00:00 AM," + utc + "," + values + ",NW\n";
}

}  // namespace

TEST_CASE("a balance file: values as received, under UTC hours that end, adjusted ones only when asked for") {
    const Folder folder;
    const std::string text =
        balance_header + balance_row("PACW", "01/01/2024 12:00:00 AM", R"("1,060",997,-681,184,184,,997,"2,139",,,)") +
        balance_row("PACW", "01/01/2024 12:00:00 PM", R"(,"-1,234,567",,,,900,900,,0.5,,139)") +
        balance_row("CISO", "12/31/2023 11:00:00 PM", ",20000,,,,,20001,,,,") + "\r\n";
    const auto [reports, values, quantities] = folder.read("EIA930_BALANCE_2024_Jan_Jun.csv", text);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].kind == source::BulkKind::balance);
    CHECK(reports[0].rows == 3);
    CHECK(reports[0].bad_rows == 0);
    CHECK(reports[0].bytes == std::ssize(text));
    CHECK(values == Values{{"PACW demand_forecast", {{"2024-01-01T00", 1060}}},
                           {"PACW demand", {{"2024-01-01T00", 997}, {"2024-01-01T12", -1234567}}},
                           {"PACW net_generation", {{"2024-01-01T00", -681}}},
                           {"PACW total_interchange", {{"2024-01-01T00", 184}}},
                           {"PACW generation_col", {{"2024-01-01T00", 2139}}},
                           {"PACW generation_ng", {{"2024-01-01T12", .5}}},
                           {"CISO demand", {{"2023-12-31T23", 20000}}}});
    CHECK(quantities.at("generation_col").source_code == "COL");
    CHECK(quantities.at("generation_col").long_name == "net generation from coal");
    CHECK(quantities.at("demand").source_code == "D");

    const auto adjusted = folder.read("EIA930_BALANCE_2024_Jan_Jun.csv", text, {.has_adjusted = true, .progress = {}});
    CHECK(adjusted.values.at("PACW demand") == values.at("PACW demand"));
    CHECK(adjusted.values.at("PACW demand_adjusted").find("2024-01-01T12")->second == 900);
    CHECK(adjusted.values.at("PACW generation_col_adjusted").find("2024-01-01T12")->second == 139);
    CHECK(adjusted.quantities.at("demand_adjusted")
              .long_name.ends_with("EIA: adjusted = imputed where EIA replaced the value"));
}

TEST_CASE("fuels keep their code when EIA renames a column, and a new one is taken with a warning") {
    const Folder folder;
    std::string header = "Balancing Authority,UTC Time at End of Hour", row = "PACW,07/01/2025 1:00:00 PM";
    int value = 0;
    for (const char* fuel :
         {"Hydropower Excluding Pumped Storage", "Pumped storage", "Solar without Integrated Battery Storage",
          "Solar with Integrated Battery Storage", "Battery Storage", "Tidal & Wave"}) {
        header += ",Net Generation (MW) from " + std::string(fuel);
        row.append(",").append(std::to_string(++value));
    }
    const auto [reports, values, quantities] = folder.read("x.csv", header + "\n" + row + "\n");
    for (const auto& [variable, expected] :
         {std::pair{"wat", 1}, {"ps", 2}, {"sun", 3}, {"snb", 4}, {"bat", 5}, {"tidal_wave", 6}})
        CHECK(values.at(std::string("PACW generation_") + variable).find("2025-07-01T13")->second == expected);
    REQUIRE(reports[0].warnings.size() == 1);
    CHECK(reports[0].warnings[0].find("'Net Generation (MW) from Tidal & Wave'") != std::string::npos);
}

TEST_CASE("an interchange file: one variable for each other side") {
    const Folder folder;
    const auto [reports, values, quantities] = folder.read(
        "EIA930_INTERCHANGE_2022_Jan_Jun.csv",
        "Balancing Authority,Data Date,Hour Number,Directly Interconnected Balancing Authority,Interchange (MW),"
        "Local Time at End of Hour,UTC Time at End of Hour,Region,DIBA_Region\n"
        "AECI,01/01/2022,1,MISO,\"-1,391\",01/01/2022 1:00:00 AM,01/01/2022 7:00:00 AM,MIDW,MIDW\n"
        "AECI,01/01/2022,1,SPA,114,01/01/2022 1:00:00 AM,01/01/2022 7:00:00 AM,MIDW,CENT\n"
        "AECI,01/01/2022,2,MISO,,01/01/2022 2:00:00 AM,01/01/2022 8:00:00 AM,MIDW,MIDW\n");
    CHECK(reports[0].kind == source::BulkKind::interchange);
    CHECK(values == Values{{"AECI interchange_miso", {{"2022-01-01T07", -1391}}},
                           {"AECI interchange_spa", {{"2022-01-01T07", 114}}}});
    CHECK(quantities.at("interchange_spa").source_code == "SPA");
    CHECK(quantities.at("interchange_spa").long_name ==
          "interchange with Southwestern Power Administration, positive when the region exports");
}

TEST_CASE("EBA.txt: UTC series of every form; local ones, categories and daily series are passed over") {
    const Folder folder;
    const auto [reports, values, quantities] = folder.read(
        "EBA.txt",
        R"({"series_id":"EBA.PACW-ALL.D.H","name":"Demand","units":"megawatthours","f":"H","data":[["20240101T05Z",2345],["20240101T04Z",null],["20240101T03Z",-1.5]]}
{"series_id":"EBA.PACW-ALL.D.HL","data":[["20231231T21-08",9999]]}
{"name":"Natural gas","series_id":"EBA.PACW-ALL.NG.NG.H","data":[["20240101T05Z","272.8"]]}
{"series_id":"EBA.CISO-PACW.ID.H","data":[["20240101T05Z",-7]]}
{"series_id":"EBA.PACW-ALL.NG.MOON.H","data":[["20240101T05Z",1]]}
{"series_id":"EBA.PACW-ALL.D.D","data":[["20240101",1]]}

{"category_id":"2122628","parent_category_id":"2122627","name":"Day-ahead","childseries":["EBA.PACW-ALL.DF.H"]})");
    CHECK(reports[0].kind == source::BulkKind::series);
    CHECK(values == Values{{"PACW demand", {{"2024-01-01T05", 2345}, {"2024-01-01T03", -1.5}}},
                           {"PACW generation_ng", {{"2024-01-01T05", 272.8}}},
                           {"CISO interchange_pacw", {{"2024-01-01T05", -7}}},
                           {"PACW generation_moon", {{"2024-01-01T05", 1}}}});
    CHECK(reports[0].rows == 6);
    CHECK(reports[0].bad_rows == 0);
    REQUIRE(reports[0].warnings.size() == 2);
    CHECK(reports[0].warnings[0].find("EBA.PACW-ALL.NG.MOON.H is of a fuel unknown") != std::string::npos);
    CHECK(reports[0].warnings[1].find("1 series of other forms") != std::string::npos);
}

TEST_CASE("a damaged object or pair of EBA.txt is told with its line, and brings nothing") {
    const Folder folder;
    const auto [reports, values, quantities] = folder.read(
        "EBA.txt",
        R"({"series_id":"EBA.PACW-ALL.D.H","data":[["20240101T05Z",1],["2024-01-01",2],["20240101T07Z",true],["20240101T08Z"],["20240101T09Z",5]]}
{"series_id":"EBA.CISO-ALL.D.H","data":[["20240101T05Z",1],["20240101T06Z",
{"series_id":"EBA.ERCO-ALL.D.H","data":[["20240101T05Z",3]]})");
    CHECK(values == Values{{"PACW demand", {{"2024-01-01T05", 1}, {"2024-01-01T09", 5}}},
                           {"ERCO demand", {{"2024-01-01T05", 3}}}});
    CHECK(reports[0].bad_rows == 4);
    const auto& bad = reports[0].first_bad;
    REQUIRE(bad.size() == 4);
    const std::string names[] = {
        "EBA.txt:1: 2024-01-01 EBA.PACW-ALL.D.H, pair 2: expected an hour",
        "EBA.txt:1: 20240101T07Z EBA.PACW-ALL.D.H, pair 3: expected a number or null, found true",
        "EBA.txt:1: 20240101T08Z EBA.PACW-ALL.D.H, pair 4: expected a pair",
        R"(EBA.txt:2: {"series_id":"EBA.CISO-ALL.D.H","data":[: damaged JSON)"};
    for (std::size_t i = 0; i < 4; ++i) CHECK_MESSAGE(bad[i].find(names[i]) != std::string::npos, bad[i]);
}

TEST_CASE("a bad row of a table brings nothing and is told with file, line, hour and column") {
    const Folder folder;
    const auto [reports, values, quantities] =
        folder.read("b.csv", balance_header + balance_row("PACW", "01/01/2024 1:00:00 AM", "1060,4x,1,1,1,,,,,,") +  //
                                 balance_row("PACW", "13/01/2024 1:00:00 AM", "1,2,,,,,,,,,") +
                                 balance_row("PACW", "01/01/2024 1:30:00 AM", "1,2,,,,,,,,,") +
                                 balance_row("PACW", "01/01/2124 1:00:00 AM", "1,2,,,,,,,,,") +
                                 balance_row("PACW", "01/01/2024 2:00:00 AM", "1,060,2,,,,,,,,,") +
                                 balance_row("PACW", "01/01/2024 2:00:00 AM", R"("1,06",2,,,,,,,,,)") +
                                 balance_row("", "01/01/2024 2:00:00 AM", "1,2,,,,,,,,,") +
                                 balance_row("PACW", "01/01/2024 3:00:00 AM", "1,2,,,,,,,,,") + "PACW,01/01/2024,1");
    CHECK(values == Values{{"PACW demand", {{"2024-01-01T03", 2}}}, {"PACW demand_forecast", {{"2024-01-01T03", 1}}}});
    CHECK(reports[0].rows == 9);
    CHECK(reports[0].bad_rows == 8);
    const std::string names[] = {
        "b.csv:2: 01/01/2024 1:00:00 AM PACW: column 'Demand (MW)': expected a number such as 1,234 or an empty cell, "
        "found '4x'",
        "b.csv:3: 13/01/2024 1:00:00 AM PACW: column 'UTC Time at End of Hour': expected an hour",
        "b.csv:4: 01/01/2024 1:30:00 AM PACW: column 'UTC",
        "b.csv:5: 01/01/2124 1:00:00 AM PACW: column 'UTC",
        "b.csv:6: 01/01/2024 2:00:00 AM PACW: expected 17 cells as in the header, found more",
        "b.csv:7: 01/01/2024 2:00:00 AM PACW: column 'Demand Forecast (MW)'",
        "b.csv:8: 01/01/2024 2:00:00 AM : column 'Balancing Authority': expected a code",
        "b.csv:10: "};
    REQUIRE(reports[0].first_bad.size() == 8);
    for (std::size_t i = 0; i < 8; ++i)
        CHECK_MESSAGE(reports[0].first_bad[i].find(names[i]) != std::string::npos, reports[0].first_bad[i]);
    CHECK(reports[0].first_bad[7].find("expected 17 cells as in the header, found 3") != std::string::npos);
}

TEST_CASE("a cut first row and one without a code are told with what there is") {
    const Folder folder;
    const auto [reports, values, quantities] =
        folder.read("b.csv", balance_header + balance_row("", "01/01/2024 2:00:00 AM", "1,2,,,,,,,,,") + "PACW,01/0\n" +
                                 balance_row("PACW", "01/01/2024 3:00:00 AM", "1,2,,,,,,,,,"));
    CHECK(values == Values{{"PACW demand", {{"2024-01-01T03", 2}}}, {"PACW demand_forecast", {{"2024-01-01T03", 1}}}});
    REQUIRE(reports[0].first_bad.size() == 2);
    CHECK(reports[0].first_bad[0].find("'Balancing Authority': expected a code") != std::string::npos);
    CHECK(reports[0].first_bad[1].find("b.csv:3:  PACW: expected 17 cells as in the header, found 2") !=
          std::string::npos);
}

TEST_CASE("a schema that does not fit throws, naming file and column; another kind of file is told, not thrown") {
    const Folder folder;
    const auto fails = [&](const std::string& text, const char* message) {
        CHECK_THROWS_WITH_AS(folder.read("PACW.csv", text), doctest::Contains(message), DataError);
    };
    fails("Balancing Authority,Demand (MW)\nPACW,1\n", "PACW.csv:1: expected a column 'UTC Time at End of Hour'");
    fails("Balancing Authority,UTC Time at End of Hour\n", "PACW.csv:1: expected columns such as 'Demand (MW)'");
    fails("Balancing Authority,UTC Time at End of Hour,Demand (MW),Demand (MW)\n",
          "'Demand (MW)' once, found it twice");
    fails("Balancing Authority,UTC Time at End of Hour,Demand (MW)\n", "expected hourly rows");
    fails("Balancing Authority,UTC Time at End of Hour,Demand (MW)\nPACW,x,1\n", "none of its 1 rows can be read");
    fails("period,X\n2024-01-01T01,1\n", "PACW.csv:1: expected a column D, DF, NG or TI");
    fails(R"({"category_id":"1"})", "expected hourly rows");

    const auto unknown = [&](const std::string& name, const std::string& text, const char* message) {
        const auto reports = folder.read(name, text).reports;
        CHECK(reports[0].kind == source::BulkKind::unknown);
        CHECK_MESSAGE(reports[0].problem.find(message) != std::string::npos, reports[0].problem);
    };
    unknown("readme.txt", "Hello\n", "found 'Hello'");
    unknown("empty.csv", "", "found ''");
    unknown("pacific.csv", "period,D\n2024-01-01T01,1\n", "expected a name <RESPONDENT>.csv");
    unknown("EIA930_SUBREGION_2024_Jan_Jun.csv",
            "Balancing Authority,Sub-Region,Demand (MW),UTC Time at End of Hour\nCISO,PGAE,1,01/01/2024 1:00:00 AM\n",
            "sub-regions");
}

TEST_CASE("packed files read as the plain ones; damaged ones are named") {
    const Folder folder;
    const std::string text = "\xEF\xBB\xBFperiod,D,note,DF\r\n2024-01-01T01,150.5,x,\r\n2024-01-01T02,,,2\r\n";
    const Values expected{{"PACW demand", {{"2024-01-01T01", 150.5}}},
                          {"PACW demand_forecast", {{"2024-01-01T02", 2}}}};
    CHECK(folder.read("PACW.csv", text).values == expected);
    CHECK(folder.read("PACW.csv.gz", net::gzip(text)).values == expected);
    const std::string archive = source::zip({"PACW.csv", text});
    const auto zipped = folder.read("any.zip", archive);
    CHECK(zipped.values == expected);
    CHECK(zipped.reports[0].name.ends_with("any.zip/PACW.csv"));

    const auto fails = [&](const std::string& name, const std::string& bytes, const char* message) {
        CHECK_THROWS_WITH_AS(folder.read(name, bytes), doctest::Contains(message), StoreError);
    };
    const std::string packed = net::gzip(text);
    fails("PACW.csv.gz", text, "expected gzip");
    fails("PACW.csv.gz", packed.substr(0, packed.size() - 9), "cut off");
    fails("PACW.csv.gz", packed.substr(0, packed.size() - 8) + "12345678", "PACW.csv.gz: ");
    fails("any.zip", text, "expected a zip archive");
    fails("any.zip", archive.substr(0, archive.size() - 30), "expected a zip archive");
}

TEST_CASE("lines across pieces of the file, and lines longer than a piece, come whole") {
    const Folder folder;
    const std::size_t size = std::size_t{5} << 19;  // pieces are 1 MiB
    std::string table = "period,D\n", object = R"({"series_id":"EBA.PACW-ALL.D.H","data":[)";
    for (std::int64_t hour = 400'000; table.size() < size; ++hour) table += to_string(from_epoch_hours(hour)) + ",7\n";
    for (int hour = 0; object.size() < size; ++hour)
        object.append(hour ? "," : "").append(hour % 2 ? R"(["20240101T05Z",7])" : R"(["20240101T06Z",7])");
    const auto rows = std::ranges::count(table, '\n') - 1;
    CHECK(folder.read("PACW.csv", table).values.at("PACW demand").size() == static_cast<std::size_t>(rows));
    const auto values = folder.read("EBA.txt", object + "]}\n" + object + "]}").values.at("PACW demand");
    CHECK(values.size() > 100'000);
    CHECK(std::ranges::all_of(values, [](const auto& entry) { return entry.second == 7; }));
}

TEST_CASE("numbers with thousands separators") {
    for (const auto& [text, value] : {std::pair{"0", 0.},
                                      {"-1,234", -1234.},
                                      {"12,345,678", 12345678.},
                                      {"1,234.5", 1234.5},
                                      {"-.5", -.5},
                                      {"123456789", 123456789.},
                                      {"1e3", 1000.}})
        CHECK_MESSAGE(source::to_grouped_number(text) == value, text);
    for (const char* text :
         {"", "-", ",123", "1,23", "1,2345", "1234,567", "1,234,", "1,,234", "1 234", "nan", "1,234x"})
        CHECK_MESSAGE(!source::to_grouped_number(text), text);
}
