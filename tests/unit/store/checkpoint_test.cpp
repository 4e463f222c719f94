// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "unit/store/samples.hpp"

namespace gridring {
namespace {

void check_same(const std::vector<store::NamedTensor>& found, const std::vector<store::NamedTensor>& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(found[i].name == expected[i].name);
        CHECK(found[i].shape == expected[i].shape);
        CHECK(found[i].values == expected[i].values);
    }
}

TEST_CASE("a checkpoint comes back as it was written, tensors in their order") {
    const test::TemporaryFolder folder;
    const auto written = test::small_checkpoint();
    store::write_checkpoint(folder / "checkpoint.h5", written);
    const auto found = store::read_checkpoint(folder / "checkpoint.h5");
    CHECK(found.step == written.step);
    check_same(found.parameters, written.parameters);
    check_same(found.first_moment, written.first_moment);
    check_same(found.second_moment, written.second_moment);
    check_same(found.average, written.average);
    check_same(found.fixed, written.fixed);
    CHECK(found.attributes == written.attributes);
    CHECK(found.training_loss == written.training_loss);
    CHECK(found.validation_step == written.validation_step);
    CHECK(found.validation_loss == written.validation_loss);
}

TEST_CASE("what is called before a checkpoint replaces another finds both whole") {
    const test::TemporaryFolder folder;
    const auto path = folder / "checkpoint.h5";
    auto checkpoint = test::small_checkpoint();
    checkpoint.step = 1;
    store::write_checkpoint(path, checkpoint);
    checkpoint.step = 2;
    store::write_checkpoint(path, checkpoint, [&] {
        CHECK(store::read_checkpoint(path).step == 1);
        CHECK(store::read_checkpoint(temporary_beside(path)).step == 2);
    });
    CHECK(store::read_checkpoint(path).step == 2);
    checkpoint.step = 3;
    CHECK_THROWS_AS(store::write_checkpoint(path, checkpoint, [] { throw DataError("no"); }), DataError);
    CHECK(store::read_checkpoint(path).step == 2);
    CHECK(!std::filesystem::exists(temporary_beside(path)));
}

TEST_CASE("a checkpoint for inference holds no moments; scalars, empty tensors and large ones fit") {
    const test::TemporaryFolder folder;
    store::Checkpoint written;
    written.parameters = {
        {"scale", {}, {2.5f}}, {"nothing", {0, 4}, {}}, {"large", {513, 301}, std::vector<float>(513 * 301)}};
    for (std::size_t i = 0; i < written.parameters[2].values.size(); ++i)
        written.parameters[2].values[i] = static_cast<float>(i) * .5f;
    written.attributes["config"] =
        std::string(200'000, 'x');  // beyond the 64 KiB that a fixed-length attribute may hold
    store::write_checkpoint(folder / "checkpoint.h5", written);
    const auto found = store::read_checkpoint(folder / "checkpoint.h5");
    check_same(found.parameters, written.parameters);
    CHECK(found.first_moment.empty());
    CHECK(found.average.empty());
    CHECK(found.attributes == written.attributes);
}

TEST_CASE("a checkpoint whose parts disagree is refused") {
    const test::TemporaryFolder folder;
    const auto path = folder / "checkpoint.h5";
    auto checkpoint = test::small_checkpoint();
    SUBCASE("shape and values") {
        checkpoint.parameters[0].shape = {2, 4};
        CHECK_THROWS_AS(store::write_checkpoint(path, checkpoint), BugError);
    }
    SUBCASE("moments of another model") {
        checkpoint.first_moment[0].name = "other";
        store::write_checkpoint(path, checkpoint);
        CHECK_THROWS_WITH_AS(store::read_checkpoint(path), doctest::Contains("moments"), StoreError);
    }
    SUBCASE("an average of another model") {
        checkpoint.average = {{"other", {1}, {1.0f}}};
        store::write_checkpoint(path, checkpoint);
        CHECK_THROWS_WITH_AS(store::read_checkpoint(path), doctest::Contains("average"), StoreError);
    }
    SUBCASE("one moment only") {
        checkpoint.second_moment.clear();
        store::write_checkpoint(path, checkpoint);
        CHECK_THROWS_WITH_AS(store::read_checkpoint(path), doctest::Contains("both moments"), StoreError);
    }
}

}  // namespace
}  // namespace gridring
