// SPDX-License-Identifier: MIT
#include "ring/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>

using namespace gridring;
using attention::Mask;
using comm::Route;
using ring::Partition;
using ring::RowRange;
using ring::Schedule;
using ring::Scheme;

namespace {

constexpr Scheme schemes[] = {Scheme::contiguous, Scheme::zigzag, Scheme::striped, Scheme::weighted};

Partition partition(Scheme scheme, std::int64_t steps, int ranks) {
    std::vector<double> weights;
    if (scheme == Scheme::weighted)
        for (int rank = 0; rank < ranks; ++rank) weights.push_back(rank % 3);
    if (scheme == Scheme::weighted && ranks == 1) weights = {1.0};
    return {scheme, steps, ranks, weights};
}

/// By looking at every pair of query and key.
RowRange needed_pair_by_pair(const Partition& split, const Mask& mask, int owner, int holder) {
    const auto keys = split.positions(owner);
    std::int64_t first = std::ssize(keys), end = 0;
    for (std::int64_t row = 0; row < std::ssize(keys); ++row)
        for (const std::int64_t query : split.positions(holder))
            if (mask.sees(query, keys[static_cast<std::size_t>(row)]))
                first = std::min(first, row), end = std::max(end, row + 1);
    return first < end ? RowRange{first, end - first} : RowRange{};
}

std::vector<int> owners(const Schedule& schedule) {
    std::vector<int> ranks;
    for (int hop = 0; hop < schedule.hops(); ++hop) ranks.push_back(schedule.owner(hop));
    return ranks;
}

}  // namespace

TEST_CASE("needed rows are those of which a query sees any, pair by pair") {
    for (const auto scheme : schemes) {
        for (const int P : {1, 2, 3, 5}) {
            for (const std::int64_t T : {0, 1, 4, 31, 64}) {
                const auto split = partition(scheme, T, P);
                for (const bool is_causal : {false, true}) {
                    for (const std::int64_t W : {0, 1, 2, 5, 13, 63, 64, 1000}) {
                        const Mask mask{is_causal, W};
                        INFO(std::string(to_string(scheme)), " P ", P, " T ", T, " causal ", is_causal, " W ", W);
                        for (int owner = 0; owner < P; ++owner)
                            for (int holder = 0; holder < P; ++holder)
                                CHECK(needed_rows(split, mask, owner, holder) ==
                                      needed_pair_by_pair(split, mask, owner, holder));
                    }
                }
            }
        }
    }
    const Mask everything{false, std::numeric_limits<std::int64_t>::max()};
    CHECK(needed_rows(partition(Scheme::contiguous, 8, 2), everything, 1, 0) == RowRange{0, 4});
}

TEST_CASE("every block that is needed arrives, with the rows that are needed, and every send meets a receive") {
    for (const auto scheme : schemes) {
        for (const int P : {1, 2, 3, 4, 7}) {
            const auto split = partition(scheme, 61, P);
            for (const bool is_causal : {false, true}) {
                for (const std::int64_t W : {0, 1, 2, 5, 20, 60, 61}) {
                    INFO(std::string(to_string(scheme)), " P ", P, " causal ", is_causal, " W ", W);
                    std::vector<Schedule> all;
                    for (int rank = 0; rank < P; ++rank) all.emplace_back(split, Mask{is_causal, W}, rank);
                    for (int rank = 0; rank < P; ++rank) {
                        const auto& mine = all[static_cast<std::size_t>(rank)];
                        const auto visits = owners(mine);
                        CHECK(mine.owner(0) == rank);
                        CHECK(mine.hops() == all.front().hops());
                        if (!mine.is_halo()) CHECK(mine.hops() == P);
                        for (int owner = 0; owner < P; ++owner)
                            if (needed_rows(split, {is_causal, W}, owner, rank).count > 0)
                                CHECK(std::ranges::count(visits, owner) == 1);
                        for (int hop = 1; hop < mine.hops(); ++hop) {
                            const auto [to, from] = mine.route(hop);
                            const auto [onto, off] = mine.route_onwards(hop);
                            if (to != Route::nobody) CHECK(all[static_cast<std::size_t>(to)].route(hop).from == rank);
                            if (from != Route::nobody) CHECK(all[static_cast<std::size_t>(from)].route(hop).to == rank);
                            if (onto != Route::nobody)
                                CHECK(all[static_cast<std::size_t>(onto)].route_onwards(hop).from == rank);
                            if (off != Route::nobody)
                                CHECK(all[static_cast<std::size_t>(off)].route_onwards(hop).to == rank);
                            if (!mine.is_halo()) continue;
                            CHECK(mine.arriving(hop) == needed_rows(split, {is_causal, W}, mine.owner(hop), rank));
                            if (to != Route::nobody)
                                CHECK(mine.leaving(hop) == all[static_cast<std::size_t>(to)].arriving(hop));
                        }
                    }
                }
            }
        }
    }
}

TEST_CASE("schedules by hand") {
    const Partition contiguous(Scheme::contiguous, 40, 4), zigzag(Scheme::zigzag, 80, 4);
    const Schedule full(contiguous, {true, 0}, 1);
    CHECK_FALSE(full.is_halo());
    CHECK(owners(full) == std::vector{1, 0, 3, 2});
    CHECK(full.owner(4) == 1);
    CHECK(full.route(1) == Route{2, 0});
    CHECK((full.sees(1) && !full.sees(2) && !full.sees(3)));          // the past alone
    CHECK((!full.is_seen(1) && full.is_seen(2) && full.is_seen(3)));  // by the later ones

    const Schedule halo(contiguous, {true, 4}, 1);  // 3 rows of the rank before
    CHECK(halo.is_halo());
    CHECK(owners(halo) == std::vector{1, 0});
    CHECK(halo.arriving(1) == RowRange{7, 3});
    CHECK(halo.leaving(1) == RowRange{7, 3});
    CHECK(halo.route(1) == Route{2, 0});
    CHECK(halo.route_onwards(1) == Route{0, 2});
    CHECK(Schedule(contiguous, {true, 4}, 0).route(1) == Route{1, Route::nobody});

    const Schedule longer(contiguous, {true, 12}, 3);  // all of the rank before, one row of the one before that
    CHECK(owners(longer) == std::vector{3, 2, 1});
    CHECK(longer.arriving(1) == RowRange{0, 10});
    CHECK(longer.arriving(2) == RowRange{9, 1});

    const Schedule both_ways(contiguous, {false, 4}, 1);
    CHECK(owners(both_ways) == std::vector{1, 0, 2});  // at distances 1 and P-1
    CHECK(both_ways.arriving(2) == RowRange{0, 3});
    CHECK(Schedule(contiguous, {true, 1}, 1).hops() == 1);  // nobody but oneself

    const Schedule folded(zigzag, {true, 4}, 1);  // chunks 1 and 6: after 0 on rank 0, and after 5 on rank 2
    CHECK(owners(folded) == std::vector{1, 0, 2});
    CHECK(folded.arriving(1) == RowRange{7, 3});
    CHECK(folded.arriving(2) == RowRange{17, 3});
    CHECK_FALSE(Schedule(Partition(Scheme::striped, 40, 4), {true, 8}, 1).is_halo());  // everybody needs everything
    CHECK_FALSE(Schedule(contiguous, {true, 40}, 1).is_halo());                        // a window without limit
}
