// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hdf5.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "support/file_size_limit.hpp"
#include "unit/store/samples.hpp"

namespace gridring {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

TEST_CASE("a write that fails midway leaves the old file as it was, and nothing beside it") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    store::write_series(path, test::small_series());
    auto changed = test::small_series();
    changed.regions[0].name = "another";
    for (std::uintmax_t size = 0; size < fs::file_size(path); size += 1000) {
        CAPTURE(size);
        const test::FileSizeLimit full_disk(size);
        CHECK_THROWS_WITH_AS(store::write_series(path, changed), doctest::Contains("series.h5"), StoreError);
    }
    CHECK(store::read_series(path).regions[0].name == "PacifiCorp West");
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
    store::write_series(path, changed);
    CHECK(store::read_series(path).regions[0].name == "another");
}

TEST_CASE("a folder that is not there is named") {
    const test::TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(store::write_series(folder / "absent/series.h5", test::small_series()),
                         doctest::Contains("absent"), StoreError);
}

TEST_CASE("a file that is absent, no HDF5, of another format or of another version is refused in a clear line") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    SUBCASE("absent") {
        CHECK_THROWS_WITH_AS(store::read_series(path),
                             doctest::Contains("no such file; expected a gridring series file"), StoreError);
    }
    SUBCASE("a name longer than file systems take") {
        CHECK_THROWS_WITH_AS(store::read_series(folder / std::string(300, 'x')), doctest::Contains("no such file"),
                             StoreError);
    }
    SUBCASE("text") {
        put(path, "period,D\n2024-01-01T00,5\n");
        CHECK_THROWS_WITH_AS(store::read_series(path), doctest::Contains("found no whole HDF5 file"), StoreError);
    }
    SUBCASE("empty") {
        put(path, "");
        CHECK_THROWS_AS(store::read_series(path), StoreError);
    }
    SUBCASE("a folder") { CHECK_THROWS_AS(store::read_series(folder.path()), StoreError); }
    SUBCASE("another format of ours") {
        store::write_checkpoint(path, test::small_checkpoint());
        CHECK_THROWS_WITH_AS(store::read_series(path), doctest::Contains("found a checkpoint file"), StoreError);
        CHECK_THROWS_WITH_AS(store::read_results(path), doctest::Contains("found a checkpoint file"), StoreError);
    }
    SUBCASE("HDF5 of somebody else") {
        H5Fclose(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
        CHECK_THROWS_WITH_AS(store::read_checkpoint(path), doctest::Contains("an HDF5 file of another kind"),
                             StoreError);
    }
    SUBCASE("a later version") {
        store::write_series(path, test::small_series());
        const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        const hid_t version = H5Aopen(file, "format_version", H5P_DEFAULT);
        const std::int64_t later = 3;
        H5Awrite(version, H5T_NATIVE_INT64, &later);
        H5Aclose(version);
        H5Fclose(file);
        CHECK_THROWS_WITH_AS(store::read_series(path), doctest::Contains("format_version 3, expected 1 to 2"),
                             StoreError);
    }
}

TEST_CASE("a file cut anywhere is refused, never half read") {
    const test::TemporaryFolder folder;
    store::write_series(folder / "whole.h5", test::small_series());
    const std::string bytes = read_file(folder / "whole.h5");
    REQUIRE(bytes.size() > 5000);
    for (std::size_t size = 0; size < bytes.size(); size += 997) {
        CAPTURE(size);
        put(folder / "cut.h5", bytes.substr(0, size));
        CHECK_THROWS_AS(store::read_series(folder / "cut.h5"), StoreError);
    }
}

TEST_CASE("one bit changed on the disk is noticed, wherever it is") {
    const test::TemporaryFolder folder;
    store::write_checkpoint(folder / "whole.h5", test::small_checkpoint());
    const std::string bytes = read_file(folder / "whole.h5");
    for (std::size_t at = 0; at < bytes.size() - 16; at += 101) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        put(folder / "changed.h5", changed);
        CHECK_THROWS_WITH_AS(store::read_checkpoint(folder / "changed.h5"),
                             doctest::Contains("damaged since it was written"), StoreError);
    }
}

TEST_CASE("a weight changed on the disk is noticed by HDF5's own checksum too, where a program cut the seal off") {
    const test::TemporaryFolder folder;
    auto checkpoint = test::small_checkpoint();
    checkpoint.parameters[0].values = {1, 2, 3, 4, 5, 1234.5f};
    store::write_checkpoint(folder / "checkpoint.h5", checkpoint);
    std::string bytes = read_file(folder / "checkpoint.h5");
    bytes.resize(bytes.size() - 16);
    put(folder / "checkpoint.h5", bytes);
    CHECK(store::read_checkpoint(folder / "checkpoint.h5").parameters[0].values[5] == 1234.5f);
    const float weight = 1234.5f;
    const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&weight), sizeof weight));
    REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    put(folder / "checkpoint.h5", bytes);
    CHECK_THROWS_WITH_AS(store::read_checkpoint(folder / "checkpoint.h5"),
                         doctest::Contains("cannot read /parameters/layers.1.weight"), StoreError);
}

TEST_CASE("a time axis with a hole is refused") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    store::write_series(path, test::small_series());
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t time = H5Dopen2(file, "/time", H5P_DEFAULT);
    std::vector<std::int64_t> hours(5);
    H5Dread(time, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, hours.data());
    hours[4] += 1;
    H5Dwrite(time, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, hours.data());
    H5Dclose(time);
    H5Fclose(file);
    CHECK_THROWS_WITH_AS(store::read_series(path),
                         doctest::Contains("found 2024-03-10T13 after 2024-03-10T11 at index 4"), StoreError);
}

TEST_CASE("hours that no calendar has are refused, at either end and in origins") {
    const test::TemporaryFolder folder;
    const auto put_number = [&](const char* file_name, const char* dataset_name, std::int64_t number) {
        const hid_t file = H5Fopen((folder / file_name).c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        const hid_t dataset = H5Dopen2(file, dataset_name, H5P_DEFAULT);
        std::vector<std::int64_t> hours(5);
        H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, hours.data());
        hours[0] = number;
        H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, hours.data());
        H5Dclose(dataset);
        H5Fclose(file);
    };
    constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t number : {most, least, std::int64_t{80'000'000}, std::int64_t{-20'000'000}}) {
        CAPTURE(number);
        store::write_series(folder / "series.h5", test::small_series());
        put_number("series.h5", "/time", number);
        CHECK_THROWS_WITH_AS(store::read_series(folder / "series.h5"), doctest::Contains("of the years 1 to 9999"),
                             StoreError);
        if (number == least) continue;  // of an origin that is not there
        store::write_results(folder / "results.h5", test::small_results());
        put_number("results.h5", "/origin_time", number);
        CHECK_THROWS_WITH_AS(store::read_results(folder / "results.h5"), doctest::Contains("of the years 1 to 9999"),
                             StoreError);
    }
}

TEST_CASE("a shape that claims more than this machine holds is refused before any memory is asked for") {
    const auto bytes = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    constexpr hsize_t elements = hsize_t{1} << 36, chunk = 1024;
    if (bytes > static_cast<double>(elements) * sizeof(double)) return;
    const test::TemporaryFolder folder;
    store::write_checkpoint(folder / "checkpoint.h5", test::small_checkpoint());
    const hid_t file = H5Fopen((folder / "checkpoint.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "/losses/training", H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &elements, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, &chunk);
    H5Dclose(H5Dcreate2(file, "/losses/training", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
    CHECK_THROWS_WITH_AS(store::read_checkpoint(folder / "checkpoint.h5"),
                         doctest::Contains("/losses/training claims 549.8 GB, and this machine has"), StoreError);
}

}  // namespace
}  // namespace gridring
