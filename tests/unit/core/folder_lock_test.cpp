// SPDX-License-Identifier: MIT
#include "gridring/core/folder_lock.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "gridring/core/host.hpp"
#include "support/temporary_folder.hpp"

using namespace gridring;

namespace {

constexpr LockTerms alone{.holder = "another test", .option = "--folder"};
constexpr LockTerms shared{.holder = "another test", .option = "--folder", .is_shared = true};

}  // namespace

TEST_CASE("one process has a folder; the others are told which") {
    const test::TemporaryFolder folder;
    const FolderLock first(folder.path(), alone);
    const std::string owner = "another test (process " + std::to_string(::getpid()) + " on " + host_name() + ") works";
    CHECK_THROWS_WITH_AS(FolderLock(folder.path(), alone), doctest::Contains(owner.c_str()), FolderBusy);
    CHECK_THROWS_AS(FolderLock(folder.path(), shared), FolderBusy);
    CHECK_NOTHROW(FolderLock(folder.path(), {.holder = "", .option = "", .file = ".other"}));
    CHECK_THROWS_AS(FolderLock(folder.path() / "absent", alone), StoreError);
}

TEST_CASE("those that share a folder keep others off it") {
    const test::TemporaryFolder folder;
    const FolderLock one(folder.path(), shared), two(folder.path(), shared);
    CHECK_THROWS_AS(FolderLock(folder.path(), alone), FolderBusy);
}

TEST_CASE("the patient have a folder as soon as it is left, also by a process that was killed") {
    const test::TemporaryFolder folder;
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t other = ::fork();
    if (other == 0) try {
            const FolderLock mine(folder.path(), alone);
            if (::write(pipe[1], "!", 1) == 1)
                for (;;) ::pause();
            ::_exit(1);
        } catch (...) {
            ::_exit(1);
        }
    ::close(pipe[1]);
    char is_locked = 0;
    REQUIRE(::read(pipe[0], &is_locked, 1) == 1);
    CHECK_THROWS_AS(FolderLock(folder.path(), alone), FolderBusy);
    std::jthread killer([other] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        ::kill(other, SIGKILL);
    });
    LockTerms patient = alone;
    patient.patience = std::chrono::seconds(30);
    CHECK_NOTHROW(FolderLock(folder.path(), patient));
    ::waitpid(other, nullptr, 0);
}
