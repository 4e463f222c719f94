// SPDX-License-Identifier: MIT
#include "extract/track.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "support/file_size_limit.hpp"
#include "workplace.hpp"

namespace gridring::extract {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Content {
    Content(const Track& track, std::int64_t first, std::size_t count) : values(count), states(count) {
        track.read(first, values, states);
    }
    std::vector<double> values;
    std::vector<std::uint8_t> states;
};

bool operator==(const Content& a, const Content& b) {
    return a.states == b.states && std::ranges::equal(a.values, b.values, [](double x, double y) {
               return x == y || (std::isnan(x) && std::isnan(y));
           });
}

TEST_CASE("hours that do not fit into memory are the same as those that do") {
    const ::test::Workplace workplace;
    std::filesystem::create_directories(workplace.folder());
    BlockStore small(workplace.folder(), 3 * sizeof(Block)), large(workplace.folder(), 1000 * sizeof(Block));
    std::vector<Track> cramped(7, Track(small)), roomy(7, Track(large));
    Random random(5);
    for (int step = 0; step < 40'000; ++step) {
        const auto which = static_cast<std::size_t>(random.uniform() * 7);
        const auto at = static_cast<std::int64_t>(random.uniform() * 60'000) - 20'000;
        const double value = random.uniform() < .1 ? none : std::floor(random.uniform() * 4);
        if (step % 100 == 0) {
            cramped[which].begin_anew(at, at + 9000);
            roomy[which].begin_anew(at, at + 9000);
        }
        const auto before = cramped[which].take(at, value), expected = roomy[which].take(at, value);
        REQUIRE(before.has_value() == expected.has_value());
        if (before) CHECK((*before == *expected || (std::isnan(*before) && std::isnan(*expected))));
    }
    for (std::size_t i = 0; i < cramped.size(); ++i) {
        CHECK(cramped[i].rows() == roomy[i].rows());
        CHECK(cramped[i].duplicates() == roomy[i].duplicates());
        CHECK(Content(cramped[i], -30'000, 80'000) == Content(roomy[i], -30'000, 80'000));
    }
    CHECK(std::filesystem::is_empty(workplace.folder()));
}

TEST_CASE("a disk without room for them ends in a clear line") {
    const ::test::Workplace workplace;
    BlockStore store(workplace.folder(), sizeof(Block));
    Track track(store);
    track.take(0, 1);
    {
        const test::FileSizeLimit full_disk(1000);
        CHECK_THROWS_WITH_AS(track.take(5000, 1), doctest::Contains("no room for hours"), StoreError);
    }
    track.take(5000, 2);  // once there is room
    std::vector<double> values(1);
    std::vector<std::uint8_t> states(1);
    track.read(0, values, states);
    CHECK(values[0] == 1);
}

}  // namespace
}  // namespace gridring::extract
