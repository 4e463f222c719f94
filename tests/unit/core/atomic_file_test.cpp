// SPDX-License-Identifier: MIT
#include "gridring/core/atomic_file.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

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

TEST_CASE("what a killed process left of its temporary goes, that of a living one and all else stays") {
    const auto folder = std::filesystem::temp_directory_path() / ("gridring-orphans-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    const std::string dead = std::to_string(child), alive = std::to_string(::getpid());
    for (const auto& name : {std::string("a.h5"), "a.h5." + dead + ".tmp", "a.h5." + alive + ".tmp",
                             "b.h5." + dead + ".tmp", std::string("a.h5.1x.tmp")})
        write_file_atomically(folder / name, "x");
    remove_orphans_of(folder / "a.h5");
    CHECK_FALSE(std::filesystem::exists(folder / ("a.h5." + dead + ".tmp")));
    for (const auto& name :
         {"a.h5." + alive + ".tmp", "b.h5." + dead + ".tmp", std::string("a.h5.1x.tmp"), std::string("a.h5")})
        CHECK(std::filesystem::exists(folder / name));
    std::filesystem::remove_all(folder);
}
