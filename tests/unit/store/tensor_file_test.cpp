// SPDX-License-Identifier: MIT
#include "gridring/store/tensor_file.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>

#include <fstream>
#include <numeric>

#include "gridring/core/error.hpp"
#include "support/file_size_limit.hpp"
#include "unit/store/samples.hpp"

using namespace gridring;
using store::TensorReader;
using store::TensorWriter;

namespace {

std::vector<float> counted(std::size_t size, float first = 0) {
    std::vector<float> values(size);
    std::iota(values.begin(), values.end(), first);
    return values;
}

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a tensor file written in pieces reads back by any positions") {
    const test::TemporaryFolder folder;
    const auto path = folder / "t.h5";
    const auto whole = counted(2 * 7 * 3);  // [2][7][3]
    TensorWriter writer(path, {{"/out", {2, 7, 3}, "output"}, {"/lse", {2, 7}, "log-sum-exp"}}, {{"command", "test"}});
    CHECK_FALSE(std::filesystem::exists(path));
    for (const auto& [first, count] : {std::pair{0, 2}, {2, 4}, {6, 1}}) {
        std::vector<float> piece;
        for (int b = 0; b < 2; ++b)
            piece.insert(piece.end(), whole.begin() + (b * 7 + first) * 3, whole.begin() + (b * 7 + first + count) * 3);
        writer.write("/out", 1, first, count, piece);
    }
    writer.write("/lse", 1, 0, 7, counted(14, 100));
    writer.publish();
    CHECK(files_in(folder.path()) == 1);

    const TensorReader reader(path);
    CHECK(reader.shape("/out") == std::vector<std::int64_t>{2, 7, 3});
    CHECK(reader.has("/lse"));
    CHECK_FALSE(reader.has("/q"));
    for (const std::vector<std::int64_t>& positions :
         {std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}, {0, 1, 5, 6}, {1, 3, 5}, {4}, {0, 2, 3, 4, 6}, {}}) {
        std::vector<float> rows(2 * positions.size() * 3), expected;
        reader.read_rows("/out", 1, positions, rows);
        for (int b = 0; b < 2; ++b)
            for (const std::int64_t t : positions)
                for (int i = 0; i < 3; ++i) expected.push_back(whole[static_cast<std::size_t>((b * 7 + t) * 3 + i)]);
        CHECK(rows == expected);
    }
    CHECK(reader.read_labels("/lse", 1, std::vector<std::int64_t>{1, 6}) ==
          std::vector<std::int32_t>{101, 106, 108, 113});
    CHECK(reader.read_flags("/out", 1, std::vector<std::int64_t>{0}) == std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1});
}

TEST_CASE("a tensor file that is not finished leaves the old one and nothing else") {
    const test::TemporaryFolder folder;
    const auto path = folder / "t.h5";
    std::ofstream(path) << "old";
    { const TensorWriter writer(path, {{"/out", {4, 4}, ""}}, {}); }
    CHECK(std::filesystem::file_size(path) == 3);
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a disk that is or becomes full is an error, not a crash") {
    const test::TemporaryFolder folder;
    const auto path = folder / "t.h5";
    SUBCASE("too large from the start") {
        CHECK_THROWS_WITH_AS(TensorWriter(path, {{"/out", {std::int64_t{1} << 33, 1 << 16}, ""}}, {}),
                             doctest::Contains("MB free on the disk"), StoreError);
    }
    SUBCASE("full while values are written") {
        std::optional<TensorWriter> writer(std::in_place, path, std::vector<store::TensorPlan>{{"/out", {1 << 20}, ""}},
                                           std::map<std::string, std::string>{});
        const test::FileSizeLimit disk(2 << 20);
        CHECK_THROWS_WITH_AS(writer->write("/out", 0, 0, 1 << 20, counted(1 << 20)),
                             doctest::Contains("cannot write its values"), StoreError);
    }
    SUBCASE("no file may grow so large") {
        const test::FileSizeLimit disk(256);
        CHECK_THROWS_WITH_AS(TensorWriter(path, {{"/out", {16}, ""}}, {}), doctest::Contains("cannot make a file of"),
                             StoreError);
    }
    SUBCASE("no such folder") {
        CHECK_THROWS_WITH_AS(TensorWriter(folder / "none/t.h5", {{"/out", {16}, ""}}, {}),
                             doctest::Contains("cannot write into"), StoreError);
    }
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("what is missing or no number is named") {
    const test::TemporaryFolder folder;
    const auto path = folder / "t.h5";
    TensorWriter writer(path, {{"/keys", {2, 3}, ""}}, {});
    writer.write("/keys", 0, 0, 2, std::vector<float>{0, 1.5F, 2, 3, std::numeric_limits<float>::quiet_NaN(), 5});
    writer.publish();
    const TensorReader reader(path);
    const std::vector<std::int64_t> first{0}, second{1};
    CHECK_THROWS_WITH_AS(reader.shape("/q"), doctest::Contains("expected dataset /q, found /keys (2 x 3)"), StoreError);
    CHECK_THROWS_WITH_AS(reader.read_labels("/keys", 0, first), doctest::Contains("whole numbers"), StoreError);
    CHECK_THROWS_WITH_AS(reader.read_flags("/keys", 0, second), doctest::Contains("found NaN"), StoreError);
    CHECK_THROWS_WITH_AS(TensorReader(folder / "absent.h5"), doctest::Contains("no such file"), StoreError);
    std::ofstream(folder / "text.h5") << "no HDF5";
    CHECK_THROWS_WITH_AS(TensorReader(folder / "text.h5"), doctest::Contains("no whole HDF5 file"), StoreError);
}
