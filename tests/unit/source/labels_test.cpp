// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gridring/core/error.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/source/labels.hpp"

using namespace gridring;
namespace fs = std::filesystem;

TEST_CASE("labels are read wherever the columns stand, packed or not; trouble is named with file and line") {
    const fs::path folder = fs::temp_directory_path() / ("gridring-labels-" + std::to_string(getpid()));
    fs::create_directories(folder);
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(folder / name, std::ios::binary) << text;
    };
    write("PACW.csv",
          "period,D,anomaly,x\r\n2024-01-01T01,5,OKAY,1\r\n2024-01-01T02,,,2\n2024-01-01T03,-1,NEG_OR_ZERO,3");
    write("CISO.csv.gz", net::gzip("anomaly,period\nMISSING,2024-01-01T01\n"));
    write("ERCO.csv", "period,D\n2024-01-01T01,5\n");
    write("MISO.csv", "period,anomaly\n2024-01-01T01,OKAY\nyesterday,DELTA\n");

    const source::Labels pacw{{*parse_hour("2024-01-01T01"), "OKAY"}, {*parse_hour("2024-01-01T03"), "NEG_OR_ZERO"}};
    CHECK(source::read_labels(folder, "PACW") == pacw);
    CHECK(source::read_labels(folder, "CISO") == source::Labels{{*parse_hour("2024-01-01T01"), "MISSING"}});
    CHECK(source::read_labels(folder, "SWPP") == std::nullopt);
    CHECK(source::has_labels(folder, "CISO"));
    CHECK_FALSE(source::has_labels(folder, "ERCO"));
    CHECK_FALSE(source::has_labels(folder, "SWPP"));
    CHECK_THROWS_WITH_AS(source::read_labels(folder, "ERCO"),
                         doctest::Contains("ERCO.csv:1: expected a column anomaly"), DataError);
    CHECK_THROWS_WITH_AS(source::read_labels(folder, "MISO"), doctest::Contains("MISO.csv:3: expected a period"),
                         DataError);
    fs::remove_all(folder);
}
