// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/source/grid.hpp"

using namespace gridring;
namespace fs = std::filesystem;

namespace {

/// An empty folder for one test.
class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("gridring-csv-" + std::to_string(getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
        log::set_level(log::Level::warning);
    }
    ~Folder() { fs::remove_all(path_); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

}  // namespace

TEST_CASE("files are read, packed or not, on one common axis") {
    const Folder folder;
    folder.write("PACW.csv", "period,D,DF,D_cleaned\r\n2024-01-01T02,200,,9\r\n2024-01-01T01,,150.5,9\r\n");
    folder.write("NEW1.csv.gz", net::gzip("period,anomaly,TI\n2024-01-01T04,OKAY,-3\n"));
    folder.write("fuelmix_2019.csv", "anything");
    folder.write("README", "anything");
    const source::Grid grid = source::read_csv_grid(folder.path());
    CHECK(to_string(grid.first) == "2024-01-01T01");
    CHECK(grid.hours == 4);
    REQUIRE(grid.respondents.size() == 2);
    CHECK(grid.respondents[0].code == "NEW1");
    CHECK(grid.respondents[0].quantities[0].values[3] == -3);
    CHECK(grid.respondents[1].name == "PacifiCorp West");
    CHECK(grid.respondents[1].quantities[0].values[1] == 200);
    CHECK(std::isnan(grid.respondents[1].quantities[0].values[0]));
    CHECK(grid.respondents[1].quantities[1].values[0] == 150.5);
    CHECK(std::isnan(grid.respondents[1].quantities[1].values[3]));
}

TEST_CASE("columns of fuels, neighbours and sub-areas become rows of their routes") {
    const Folder folder;
    folder.write("CISO.csv",
                 "period,D,fuel:SUN,subba:SCE,to:BPAT,fuel:COL\n2024-01-01T01,9,1,2,-3,4\n2024-01-01T02,9,,5,6,7\n");
    folder.write("BPAT.csv", "period,fuel:WAT\n2024-01-01T02,8\n");
    const source::Grid grid = source::read_csv_grid(folder.path());
    CHECK(grid.respondents[0].quantities.empty());
    CHECK(grid.respondents[1].quantities.size() == 1);
    REQUIRE(grid.tables.size() == 3);
    const source::GridTable &fuels = *grid.tables[0], &ties = *grid.tables[1], &parts = *grid.tables[2];
    CHECK(fuels.route == "fuel-type-data");
    REQUIRE(fuels.columns.size() == 3);
    CHECK(fuels.columns[0].first == "BPAT");
    CHECK(fuels.columns[1].second == "COL");
    CHECK(fuels.value(grid, 1, 1) == 7);
    CHECK_FALSE(fuels.has(grid, 2, 1));
    CHECK_FALSE(fuels.has(grid, 0, 0));
    CHECK(ties.route == "interchange-data");
    CHECK(ties.columns[0].first == "CISO");
    CHECK(ties.value(grid, 0, 0) == -3);
    CHECK(parts.route == "region-sub-ba-data");
    CHECK(parts.columns[0].first == "SCE");
    CHECK(parts.columns[0].second == "CISO");
}

TEST_CASE("a malformed file is named with its line") {
    const auto fails = [](const std::string& text, const char* where) {
        const Folder folder;
        folder.write("PACW.csv", text);
        CHECK_THROWS_WITH_AS(source::read_csv_grid(folder.path()), doctest::Contains(where), DataError);
    };
    fails("", "PACW.csv:1: expected a header");
    fails("time,D\n", "PACW.csv:1: expected a header");
    fails("period,X\n2024-01-01T01,1\n", "PACW.csv:1: expected a column D");
    fails("period,D\n2024-01-01T01,1\n2024-01-01T2x,1\n", "PACW.csv:3: expected a period");
    fails("period,X,D\n2024-01-01T01,1,1e\n", "PACW.csv:2: column D: expected a number");
    fails("period,D\n2024-01-01T01,nan\n", "PACW.csv:2: column D: expected a number");
    fails("period,D\n2024-01-01T01,1\n2024-01-01T02,1,200\n",
          "PACW.csv:3: expected 2 cells as in the header, found more: '200'");
    fails("period,D\n2024-01-01T02,1\n2024-01-01T01,1\n2024-01-01T02,1\n",
          "PACW.csv:4: expected each hour once, found 2024-01-01T02 again after line 2");
    fails("period,D,DF,D\n2024-01-01T01,1,2,3\n", "PACW.csv:1: expected column D once");
    fails("period,D\n", "found none");
}

TEST_CASE("a year that lacks a digit takes no memory for the centuries between") {
    const Folder folder;
    folder.write("PACW.csv", "period,D\n2024-01-01T01,1\n");
    folder.write("CISO.csv", "period,D\n0024-01-01T01,1\n");
    CHECK_THROWS_WITH_AS(source::read_csv_grid(folder.path()),
                         doctest::Contains("at most 50 years, found 0024-01-01T01 to 2024-01-01T01"), DataError);
}

TEST_CASE("folders without use") {
    const Folder folder;
    CHECK_THROWS_AS(source::read_csv_grid(folder.path()), DataError);
    CHECK_THROWS_AS(source::read_csv_grid(folder.path() / "absent"), StoreError);
    folder.write("PACW.csv.gz", "not gzip");
    CHECK_THROWS_WITH_AS(source::read_csv_grid(folder.path()), doctest::Contains("expected gzip"), StoreError);
    folder.write("PACW.csv", "period,D\n2024-01-01T01,1\n");
    CHECK_THROWS_WITH_AS(source::read_csv_grid(folder.path()), doctest::Contains("twice"), DataError);
}
