// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <fstream>

#include "extract/journal.hpp"
#include "gridring/core/error.hpp"
#include "unit/extract/workplace.hpp"

namespace gridring {
namespace {

constexpr const char* head = R"({"format":"gridring journal of raw pages","version":1,"source":"here"})";
constexpr const char* window =
    R"({"dataset":"region-data","regions":["PACW"],"items":["D"],"first":"2024-01-01T00","last":"2024-01-01T05",)"
    R"("rows":6,"retrieved_at":"2024-03-01T00:00:00Z","files":["a.json.zst"]})";

TEST_CASE("a journal whose head is of other types, or none, belongs to another version") {
    const test::Workplace place;
    std::filesystem::create_directories(place.folder());
    const auto file = place.folder() / "journal.ndjson";
    for (const std::string text :
         {R"({"format":5,"version":1})", R"({"format":"gridring journal of raw pages","version":"1"})",
          R"({"format":"gridring journal of raw pages"})", "[]", "null", "{", "", "\xff", R"({"version":1})"}) {
        CAPTURE(text);
        std::ofstream(file, std::ios::trunc) << text << "\n" << window << "\n";
        CHECK_THROWS_WITH_AS(extract::read_journal(file, "here"), doctest::Contains("in the first line"), StoreError);
    }
    std::ofstream(file, std::ios::trunc) << R"({"format":"gridring journal of raw pages","version":1,"source":[]})"
                                         << "\n"
                                         << window << "\n";
    CHECK_THROWS_WITH_AS(extract::read_journal(file, "here"), doctest::Contains("come from , not from here"),
                         ConfigError);
}

TEST_CASE("a line that is no window is passed over, a torn one is not counted") {
    const test::Workplace place;
    std::filesystem::create_directories(place.folder());
    const auto file = place.folder() / "journal.ndjson";
    std::ofstream(file) << head << "\n"
                        << window << "\n"
                        << R"({"dataset":"region-data","rows":[]})"
                        << "\n"
                        << "5\n"
                        << window << "\n"
                        << window;
    const auto content = extract::read_journal(file, "here");
    CHECK(content.entries.size() == 2);
    CHECK(content.entries.front().files == std::vector<std::string>{"a.json.zst"});
    CHECK(content.bytes == std::filesystem::file_size(file) - std::string(window).size());
}

}  // namespace
}  // namespace gridring
