// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "extract/block_store.hpp"
#include "extract/raw_pages.hpp"
#include "gridring/core/atomic_file.hpp"
#include "unit/extract/workplace.hpp"
#include "unit/store/used_key.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;

/// Where the test may write, with a key beside it.
struct Place {
    Place() {
        fs::create_directories(workplace.folder());
        store::make_key_file(key);
        store::make_key_file(other);
    }
    ::test::Workplace workplace;
    fs::path key = workplace.folder() / "key", other = workplace.folder() / "other", page = workplace.folder() / "page";
};

/// What the files hold that this process has open and that have no name any more.
std::string nameless_bytes(const fs::path& folder) {
    std::string bytes;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code closed;
        const std::string target = fs::read_symlink(entry.path(), closed).string();
        if (!closed && target.starts_with(folder.string()) && target.ends_with("(deleted)"))
            bytes += read_file(entry.path());
    }
    return bytes;
}

TEST_CASE("raw pages are encrypted under a key, and what is wrong with one is told apart") {
    const Place place;
    const std::string body(200'000, 'b');
    {
        const ::gridring::test::UsedKey key(place.key);
        write_raw_page(place.page, body);
        CHECK(store::is_encrypted(place.page));
        CHECK(read_raw_page(place.page) == body);
        std::string bytes = read_file(place.page);
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
        std::ofstream(place.workplace.folder() / "damaged", std::ios::binary) << bytes;
        CHECK_THROWS_WITH_AS(read_raw_page(place.workplace.folder() / "damaged"),
                             doctest::Contains("damaged since it was encrypted"), StoreError);
    }
    CHECK_THROWS_AS(read_raw_page(place.page), store::KeyError);
    const ::gridring::test::UsedKey other(place.other);
    CHECK_THROWS_AS(read_raw_page(place.page), store::KeyError);
    store::forget_keys();
    write_raw_page(place.page, body);
    CHECK(!store::is_encrypted(place.page));
    store::use_key(store::EncryptionKey::read(place.key));
    CHECK(read_raw_page(place.page) == body);  // of before there was a key
}

TEST_CASE("hours that leave memory are encrypted on the disk, and come back") {
    if (!fs::exists("/proc/self/fd")) return;  // nobody else can look into a file without a name
    const Place place;
    constexpr double seen = 12345.678;
    const std::string pattern(reinterpret_cast<const char*>(&seen), sizeof seen);
    const auto fill = [&](BlockStore& blocks) {
        for (int i = 0; i < 4; ++i) {
            Block& block = blocks.change(blocks.add());
            block.values.fill(seen), block.states.fill(static_cast<std::uint8_t>(i));
        }
    };
    {
        BlockStore plain(place.workplace.folder(), sizeof(Block));
        fill(plain);
        CHECK(nameless_bytes(place.workplace.folder()).find(pattern) != std::string::npos);
    }
    const ::gridring::test::UsedKey key(place.key);
    BlockStore blocks(place.workplace.folder(), sizeof(Block));
    fill(blocks);
    const std::string bytes = nameless_bytes(place.workplace.folder());
    CHECK(bytes.size() > 3 * sizeof(Block));
    CHECK(bytes.find(pattern) == std::string::npos);
    for (std::size_t i = 0; i < 4; ++i) {
        const Block& block = blocks.look(i);
        CHECK(std::ranges::count(block.values, seen) == std::ssize(block.values));
        CHECK(std::ranges::count(block.states, i) == std::ssize(block.states));
    }
}

}  // namespace
}  // namespace gridring::extract
