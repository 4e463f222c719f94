// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <fstream>

#include "gridring/core/atomic_file.hpp"
#include "gridring/store/tensor_file.hpp"
#include "support/captured_stderr.hpp"
#include "support/file_size_limit.hpp"
#include "unit/store/samples.hpp"
#include "unit/store/used_key.hpp"

namespace gridring {
namespace {

namespace fs = std::filesystem;

struct Place {
    Place() { store::make_key_file(key); }
    test::TemporaryFolder folder;
    fs::path key = folder / "key", plain = folder / "plain.h5", encrypted = folder / "encrypted.h5";
};

/// More than a chunk of tensors that do not compress.
store::Checkpoint large_checkpoint() {
    store::Checkpoint checkpoint = test::small_checkpoint();
    std::vector<float> values(700'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 2654435761u) % 1000003) * 1e-3f;
    checkpoint.fixed.push_back({"large", {700, 1000}, values});
    return checkpoint;
}

bool is_hdf5(const std::string& bytes) { return bytes.find("\x89HDF") != std::string::npos; }

TEST_CASE("with a key all files are written encrypted, are read as before, and decrypt to the bytes of plain ones") {
    Place place;
    const auto compare = [&](const auto& write, const auto& read_back) {
        write(place.plain);
        {
            const test::UsedKey key(place.key);
            write(place.encrypted);
            CHECK(store::is_encrypted(place.encrypted));
            const std::string bytes = read_file(place.encrypted);
            CHECK(!is_hdf5(bytes));
            CHECK(bytes.find("gridring") == std::string::npos);
            read_back(place.encrypted);
            store::decrypt_file(place.encrypted, place.folder / "back.h5");
        }
        CHECK(read_file(place.folder / "back.h5") == read_file(place.plain));
    };
    compare([](const fs::path& path) { store::write_series(path, test::small_series()); },
            [&](const fs::path& path) {
                const auto series = store::read_series(path);
                CHECK(test::same_values(series.variable("demand").values, test::small_series().variables[0].values));
                CHECK(series.provenance.history == test::small_series().provenance.history);
                CHECK(store::checksum_of_series(path) == store::checksum_of_series(place.plain));
                CHECK(store::checksum_of_series(path).size() == 16);
                CHECK(store::read_hours(path, "demand", 1, 1, 3) == std::vector<double>{40000, 39000, 38000});
                store::expect_series(path);
            });
    compare([](const fs::path& path) { store::write_checkpoint(path, large_checkpoint()); },
            [](const fs::path& path) {
                const auto found = store::read_checkpoint(path);
                CHECK(found.fixed.back().values == large_checkpoint().fixed.back().values);
                CHECK(found.attributes == large_checkpoint().attributes);
                CHECK(!store::is_damaged(path));
            });
    compare([](const fs::path& path) { store::write_results(path, test::small_results()); },
            [](const fs::path& path) { CHECK(store::read_results(path).regions == test::small_results().regions); });
    compare([](const fs::path& path) { store::write_sweep(path, test::small_sweep()); }, [](const fs::path&) {});
}

TEST_CASE("a byte flipped in an encrypted checkpoint is damage; a wrong key or none is not") {
    Place place;
    store::make_key_file(place.folder / "other");
    {
        const test::UsedKey key(place.key);
        store::write_checkpoint(place.encrypted, test::small_checkpoint());
        const std::string whole = read_file(place.encrypted);
        for (std::size_t at = 0; at < whole.size(); at += at < 80 ? 1 : 997) {
            CAPTURE(at);
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            const fs::path damaged = place.folder / "damaged.h5";
            std::ofstream(damaged, std::ios::binary) << changed;
            CHECK_THROWS_AS(store::read_checkpoint(damaged), StoreError);
            CHECK(store::is_damaged(damaged));
        }
    }
    CHECK_THROWS_AS(store::read_checkpoint(place.encrypted), store::KeyError);
    CHECK(!store::is_damaged(place.encrypted));
    const test::UsedKey other(place.folder / "other");
    CHECK_THROWS_AS(store::read_checkpoint(place.encrypted), store::KeyError);
    CHECK_THROWS_AS(store::checksum_of_series(place.encrypted), store::KeyError);
    CHECK(!store::is_damaged(place.encrypted));
}

TEST_CASE("a plain file is read where there is a key, and warned of") {
    Place place;
    store::write_checkpoint(place.plain, test::small_checkpoint());
    const test::UsedKey key(place.key);
    const ::test::CapturedStderr captured;
    CHECK(store::read_checkpoint(place.plain).step == 42);
    CHECK(captured.text().find("plain.h5: read, but not encrypted") != std::string::npos);
}

TEST_CASE("a disk that fills up under an encrypted file leaves the old one, and nothing beside it") {
    Place place;
    const test::UsedKey key(place.key);
    store::write_checkpoint(place.encrypted, test::small_checkpoint());
    const std::string before = read_file(place.encrypted);
    {
        const test::FileSizeLimit limit(1 << 20);
        CHECK_THROWS_WITH_AS(store::write_checkpoint(place.encrypted, large_checkpoint()),
                             doctest::Contains("write failed: File too large"), StoreError);
    }
    CHECK(read_file(place.encrypted) == before);
    for (const auto& entry : fs::directory_iterator(place.folder.path())) CHECK(entry.path().extension() != ".tmp");
}

TEST_CASE("tensors are read by any number of ranks in parts, so from plain files alone") {
    Place place;
    const test::UsedKey key(place.key);
    store::write_checkpoint(place.encrypted, test::small_checkpoint());
    CHECK_THROWS_WITH_AS(store::TensorReader(place.encrypted), doctest::Contains("gridring decrypt"), StoreError);
}

}  // namespace
}  // namespace gridring
