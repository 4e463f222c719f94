// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "gridring/core/atomic_file.hpp"
#include "gridring/store/encryption.hpp"
#include "store/memory_image.hpp"
#include "unit/store/samples.hpp"
#include "unit/store/used_key.hpp"

namespace gridring {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t header = store::encrypted_header_bytes, chunk = store::encrypted_chunk_bytes, tag = 17;

void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string flipped(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    return bytes;
}

/// Text that differs everywhere.
std::string text_of(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 256 * 7 + i / 65536);
    return text;
}

fs::path key_file(const test::TemporaryFolder& folder, const char* name = "key") {
    if (!fs::exists(folder / name)) store::make_key_file(folder / name);
    return folder / name;
}

TEST_CASE("a key file is new, private, and holds 64 hexadecimal digits") {
    const test::TemporaryFolder folder;
    const fs::path file = key_file(folder);
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const std::string text = read_file(file);
    CHECK(text.size() == 65);
    const auto key = store::EncryptionKey::read(file);
    CHECK(key.id().size() == 32);
    CHECK(text.find(key.id()) == std::string::npos);
    CHECK_THROWS_WITH_AS(store::make_key_file(file), doctest::Contains("File exists"), StoreError);
    CHECK(read_file(file) == text);
    CHECK(store::EncryptionKey::read(key_file(folder, "other")).id() != key.id());

    put(folder / "spaced", "  " + text + "\n");
    fs::permissions(folder / "spaced", fs::perms::owner_read);
    CHECK(store::EncryptionKey::read(folder / "spaced").id() == key.id());
}

TEST_CASE("what is no key is refused, and not quoted") {
    const test::TemporaryFolder folder;
    const std::string digits = read_file(key_file(folder)).substr(0, 64);
    for (const std::string& text : {std::string(), std::string(" \n"), digits.substr(1), digits + "0", digits + " 0",
                                    "g" + digits.substr(1), digits.substr(0, 32) + "\n" + digits.substr(32)}) {
        CAPTURE(text.size());
        put(folder / "wrong", text);
        fs::permissions(folder / "wrong", fs::perms::owner_read | fs::perms::owner_write);
        try {
            store::EncryptionKey::read(folder / "wrong");
            FAIL("taken for a key");
        } catch (const ConfigError& error) {
            const std::string message = error.what();
            CHECK(message.find("64 hexadecimal digits") != std::string::npos);
            CHECK(message.find(digits.substr(8, 16)) == std::string::npos);
        }
    }
    CHECK_THROWS_WITH_AS(store::EncryptionKey::read(folder / "absent"), doctest::Contains("the encryption key"),
                         StoreError);
    fs::permissions(folder / "key", fs::perms::group_read, fs::perm_options::add);
    CHECK_THROWS_WITH_AS(store::EncryptionKey::read(folder / "key"), doctest::Contains("chmod 600"), ConfigError);
}

TEST_CASE("files of every size come back byte for byte, and each is encrypted in another way") {
    const test::TemporaryFolder folder;
    const test::UsedKey key(key_file(folder));
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk - 5}) {
        CAPTURE(size);
        const std::string text = text_of(size);
        put(folder / "plain", text);
        store::encrypt_file(folder / "plain", folder / "encrypted");
        CHECK(store::is_encrypted(folder / "encrypted"));
        const std::string bytes = read_file(folder / "encrypted");
        CHECK(bytes.size() == header + size + tag * std::max<std::size_t>(1, (size + chunk - 1) / chunk));
        store::encrypt_file(folder / "plain", folder / "again");
        CHECK(read_file(folder / "again") != bytes);
        store::decrypt_file(folder / "encrypted", folder / "back");
        CHECK(read_file(folder / "back") == text);
        CHECK(store::decrypt_if_encrypted(store::encrypt_if_asked(text), "any") == text);
    }
    struct stat status {};
    REQUIRE(::stat((folder / "back").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(store::encrypt_if_asked("x").size() == 1 + store::encryption_overhead);
    store::decrypt_file(folder / "again", folder / "again");
    CHECK(read_file(folder / "again") == read_file(folder / "plain"));
}

TEST_CASE("a flipped byte is refused wherever it is, and never as a wrong key") {
    const test::TemporaryFolder folder;
    const test::UsedKey key(key_file(folder));
    const std::string whole = store::encrypt_if_asked(text_of(2 * chunk + 100));
    const auto refuses = [&](const std::string& bytes, const char* reason) {
        try {
            const std::string plain = store::decrypt_if_encrypted(bytes, "file");
            CHECK(plain == bytes);  // what does not begin as an encrypted file is none
        } catch (const store::KeyError& error) {
            FAIL(error.what());
        } catch (const StoreError& error) {
            CHECK(std::string(error.what()).find(reason) != std::string::npos);
        }
    };
    for (std::size_t at = 0; at < 8; ++at) refuses(flipped(whole, at), "nothing");
    for (std::size_t at = 8; at < header; ++at) {
        CAPTURE(at);
        refuses(flipped(whole, at), "the checksum of its header does not fit");
    }
    const std::size_t first = header, second = header + chunk + tag, third = second + chunk + tag;
    for (const auto& [at, reason] : {std::pair{first, "chunk 1"},
                                     {first + 500, "chunk 1"},
                                     {second - 1, "chunk 1"},
                                     {second, "chunk 2"},
                                     {third - 1, "chunk 2"},
                                     {third, "chunk 3"},
                                     {third + 50, "chunk 3"},
                                     {whole.size() - 1, "chunk 3"}}) {
        CAPTURE(at);
        refuses(flipped(whole, at), reason);
        CHECK_THROWS_AS(store::decrypt_if_encrypted(flipped(whole, at), "file"), StoreError);
    }
}

TEST_CASE("chunks cannot be left out, swapped, repeated or followed by more, and a file cannot be cut") {
    const test::TemporaryFolder folder;
    const test::UsedKey key(key_file(folder));
    const std::string whole = store::encrypt_if_asked(text_of(3 * chunk));
    const std::size_t step = chunk + tag;
    const std::string begin = whole.substr(0, header), one = whole.substr(header, step),
                      two = whole.substr(header + step, step), three = whole.substr(header + 2 * step);
    const auto reason = [](const std::string& bytes) -> std::string {
        try {
            store::decrypt_if_encrypted(bytes, "file");
        } catch (const store::KeyError&) {
        } catch (const StoreError& error) {
            return error.what();
        }
        return "";
    };
    CHECK(reason(begin + one + two + three) == "");
    CHECK(reason(begin + one + two).find("it is cut behind chunk 2") != std::string::npos);
    CHECK(reason(begin + one).find("it is cut behind chunk 1") != std::string::npos);
    CHECK(reason(begin).find("chunk 1 does not fit") != std::string::npos);
    CHECK(reason(begin.substr(0, 20)).find("cut within its header") != std::string::npos);
    CHECK(reason(begin + two + three).find("chunk 1 does not fit") != std::string::npos);
    CHECK(reason(begin + one + three).find("chunk 2 does not fit") != std::string::npos);
    CHECK(reason(begin + two + one + three).find("chunk 1 does not fit") != std::string::npos);
    CHECK(reason(begin + one + one + two + three).find("chunk 2 does not fit") != std::string::npos);
    CHECK(reason(whole + three).find("something follows its last chunk, 3") != std::string::npos);
    CHECK(reason(whole + "x").find("something follows its last chunk, 3") != std::string::npos);
    CHECK(reason(whole.substr(0, whole.size() - 1)).find("chunk 3 does not fit") != std::string::npos);
    for (std::size_t size = header; size < header + 60; ++size)
        CHECK(reason(whole.substr(0, size)).find("chunk 1 does not fit") != std::string::npos);
    const std::string other = store::encrypt_if_asked(text_of(3 * chunk));
    CHECK(reason(other.substr(0, header) + whole.substr(header)).find("chunk 1 does not fit") != std::string::npos);
    CHECK(reason(begin + one + other.substr(header + step)).find("chunk 2 does not fit") != std::string::npos);
}

TEST_CASE("a later version of the format is told") {
    const test::TemporaryFolder folder;
    const test::UsedKey key(key_file(folder));
    std::string bytes = store::encrypt_if_asked("text");
    bytes[8] = 2;
    bytes.replace(52, 4, test::crc_of(bytes.substr(0, 52)));
    CHECK_THROWS_WITH_AS(store::decrypt_if_encrypted(bytes, "file"), doctest::Contains("version 2 of the format"),
                         StoreError);
}

TEST_CASE("without its key a file is refused in a line that names the key, and how to give it") {
    const test::TemporaryFolder folder;
    std::string id, bytes;
    {
        const test::UsedKey key(key_file(folder));
        id = store::EncryptionKey::read(folder / "key").id();
        bytes = store::encrypt_if_asked("text");
    }
    CHECK_THROWS_WITH_AS(store::decrypt_if_encrypted(bytes, "a/file"),
                         doctest::Contains(("a/file: encrypted with key " + id + ", found no key").c_str()),
                         store::KeyError);
    const test::UsedKey other(key_file(folder, "other"));
    const std::string found = store::EncryptionKey::read(folder / "other").id();
    CHECK_THROWS_WITH_AS(store::decrypt_if_encrypted(bytes, "a/file"),
                         doctest::Contains((id + ", found the key " + found + ". Mend: ").c_str()), store::KeyError);
    const test::UsedKey both(folder / "key");  // files under keys used before can be read
    CHECK(store::decrypt_if_encrypted(bytes, "a/file") == "text");
}

TEST_CASE("a key to read with decides nothing about what is written") {
    const test::TemporaryFolder folder;
    const auto read = store::EncryptionKey::read(key_file(folder)),
               own = store::EncryptionKey::read(key_file(folder, "own"));
    std::string bytes;
    {
        const test::UsedKey key(folder / "key");
        bytes = store::encrypt_if_asked("text");
    }
    store::also_read_with(read);
    CHECK(!store::has_key());
    CHECK(store::encrypt_if_asked("plain") == "plain");
    CHECK(store::decrypt_if_encrypted(bytes, "a/file") == "text");
    store::use_key(own);
    store::also_read_with(read);
    const std::string written = store::encrypt_if_asked("text");
    store::forget_keys();
    store::use_key(own);
    CHECK(store::decrypt_if_encrypted(written, "b/file") == "text");
    store::forget_keys();
}

TEST_CASE("encrypting and decrypting files refuses what makes no sense, and leaves what was there") {
    const test::TemporaryFolder folder;
    put(folder / "plain", "text");
    put(folder / "old", "old");
    CHECK_THROWS_WITH_AS(store::encrypt_file(folder / "plain", folder / "old"), doctest::Contains("without a key"),
                         store::KeyError);
    CHECK_THROWS_WITH_AS(store::decrypt_file(folder / "plain", folder / "old"), doctest::Contains("a plain one"),
                         StoreError);
    const test::UsedKey key(key_file(folder));
    CHECK_THROWS_AS(store::encrypt_file(folder / "absent", folder / "old"), StoreError);
    CHECK_THROWS_AS(store::encrypt_file(folder.path(), folder / "old"), StoreError);
    CHECK_THROWS_AS(store::encrypt_file(folder / "plain", folder / "no/where"), StoreError);
    store::encrypt_file(folder / "plain", folder / "encrypted");
    CHECK_THROWS_WITH_AS(store::encrypt_file(folder / "encrypted", folder / "old"), doctest::Contains("already"),
                         StoreError);
    put(folder / "damaged", flipped(read_file(folder / "encrypted"), header));
    CHECK_THROWS_AS(store::decrypt_file(folder / "damaged", folder / "old"), StoreError);
    CHECK(read_file(folder / "old") == "old");
    for (const auto& entry : fs::directory_iterator(folder.path())) CHECK(entry.path().extension() != ".tmp");
}

TEST_CASE("an image in memory is a file: what is written comes back, holes and ends are zeros") {
    store::MemoryImage image;
    const std::string text = text_of(chunk + 1000);
    image.write(500, text.size(), text.data());
    CHECK(image.size() == text.size() + 500);
    std::string found(text.size() + 1000, 'x');
    image.read(0, found.size(), found.data());
    CHECK(found == std::string(500, '\0') + text + std::string(500, '\0'));
    image.write(chunk - 2, 4, "abcd");
    image.read(chunk - 3, 6, found.data());
    CHECK(found.substr(1, 4) == "abcd");
    CHECK(image.end(10) == text.substr(text.size() - 10));
    image.read(haddr_t{1} << 60, 8, found.data());
    CHECK(found.substr(0, 8) == std::string(8, '\0'));
}

}  // namespace
}  // namespace gridring
