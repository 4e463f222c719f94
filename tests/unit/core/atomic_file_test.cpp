// SPDX-License-Identifier: MIT
#include "gridring/core/atomic_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "gridring/core/error.hpp"

using namespace gridring;

TEST_CASE("an atomic write replaces the whole file or nothing") {
    const auto folder = std::filesystem::temp_directory_path() / ("gridring-atomic-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    write_file_atomically(folder / "a", std::string("one\0two", 7));
    CHECK(read_file(folder / "a") == std::string("one\0two", 7));
    write_file_atomically(folder / "a", "three");
    CHECK(read_file(folder / "a") == "three");
    CHECK_THROWS_AS(write_file_atomically(folder / "absent" / "a", "x"), StoreError);
    std::filesystem::create_directory(folder / "b");
    CHECK_THROWS_AS(write_file_atomically(folder / "b", "x"), StoreError);  // rename onto a folder fails…
    int files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
    CHECK(files == 2);  // … and leaves no temporary behind
    CHECK_THROWS_AS(read_file(folder / "absent"), StoreError);
    std::filesystem::remove_all(folder);
}
