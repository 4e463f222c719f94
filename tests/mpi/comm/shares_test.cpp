// SPDX-License-Identifier: MIT
// Sums whose parts stay with their owners.
#include <doctest/doctest.h>

#include <vector>

#include "gridring/comm/communicator.hpp"
#include "support/mpi.hpp"

using namespace gridring;

namespace {

constexpr std::size_t several_pieces = (std::size_t{1} << 22) + 3;

}  // namespace

TEST_CASE("shares cover everything once, in rank order, and differ by one value at most") {
    const auto& world = test::world();
    for (const std::size_t size : {0U, 1U, 2U, 3U, 5U, 1001U}) {
        std::size_t next = 0;
        for (int rank = 0; rank < world.size(); ++rank) {
            const auto share = world.share(size, rank);
            CHECK(share.first == next);
            CHECK(world.share(size, 0).size - share.size <= 1);
            next += share.size;
        }
        CHECK(next == size);
        CHECK(world.share(size) == world.share(size, world.rank()));
    }
}

TEST_CASE("reduce_scatter gives a share the bits of sum and leaves the rest; all_gather then completes the sum") {
    const auto& world = test::world();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{1001}, several_pieces}) {
        const auto before = test::brought_by<float>(world.rank(), size, 9);
        auto whole = before, shared = before;
        world.sum(std::span<float>(whole));
        world.reduce_scatter(shared);
        const auto mine = world.share(size);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < size; ++i)
            wrong += shared[i] != (i - mine.first < mine.size ? whole[i] : before[i]);
        CHECK(wrong == 0);
        world.all_gather(std::span<float>(shared));
        CHECK(shared == whole);
    }
}
