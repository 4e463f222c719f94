// SPDX-License-Identifier: MIT
#include "train/checkpoint_files.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "gridring/core/atomic_file.hpp"
#include "support/temporary_folder.hpp"

using namespace gridring;

namespace {

/// As a training saves: the new file is whole before the others move.
void save(const std::filesystem::path& checkpoint, const std::string& content, std::int64_t kept) {
    const auto temporary = temporary_beside(checkpoint);
    std::ofstream(temporary) << content;
    train::keep_older(checkpoint, kept);
    publish_file(temporary, checkpoint);
}

std::string contents(const std::filesystem::path& checkpoint) {
    std::string all;
    for (const auto& path : train::checkpoints_at(checkpoint)) all += read_file(path) + " ";
    return all;
}

}  // namespace

TEST_CASE("the checkpoints before move on, as many as are kept") {
    const test::TemporaryFolder folder;
    const auto checkpoint = folder / "checkpoint.h5";
    for (const char* content : {"a", "b", "c", "d"}) save(checkpoint, content, 2);
    CHECK(contents(checkpoint) == "d c b ");
    save(checkpoint, "e", 1);
    CHECK(contents(checkpoint) == "e d ");
    save(checkpoint, "f", 0);
    CHECK(contents(checkpoint) == "f ");
}

TEST_CASE("a kill before the new one is in place costs no older one") {
    const test::TemporaryFolder folder;
    const auto checkpoint = folder / "checkpoint.h5";
    for (const char* content : {"a", "b", "c"}) save(checkpoint, content, 2);
    train::keep_older(checkpoint, 2);  // and killed
    CHECK(contents(checkpoint) == "c c b ");
    save(checkpoint, "d", 2);
    CHECK(contents(checkpoint) == "d c b ");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        CHECK(entry.path().extension() == ".h5");
}
