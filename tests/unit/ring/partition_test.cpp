// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "gridring/core/error.hpp"
#include "gridring/ring/partition.hpp"

using namespace gridring;
using ring::Partition;
using ring::Scheme;

namespace {

constexpr Scheme schemes[] = {Scheme::contiguous, Scheme::zigzag, Scheme::striped, Scheme::weighted};
using Positions = std::vector<std::int64_t>;

/// Speeds 1, 2, 3, 1, 2, 3, …; none but for the weighted scheme.
Partition partition(Scheme scheme, std::int64_t steps, int ranks) {
    std::vector<double> weights;
    if (scheme == Scheme::weighted)
        for (int rank = 0; rank < ranks; ++rank) weights.push_back(1 + rank % 3);
    return {scheme, steps, ranks, weights};
}

Positions rows_of(const Partition& split, int rank) {
    const auto positions = split.positions(rank);
    return {positions.begin(), positions.end()};
}

constexpr attention::Mask causal{true}, both_ways{false};

double causal_imbalance(const Partition& split) { return ring::imbalance(work_per_rank(split, causal)); }

}  // namespace

TEST_CASE("every step is on exactly one rank, in increasing order, whatever T and P are") {
    for (const auto scheme : schemes) {
        for (const int P : {1, 2, 3, 4, 5, 7, 8, 64}) {
            for (const std::int64_t T : {0, 1, 2, P - 1, P, P + 1, 7, 31, 257, 8760}) {
                const auto split = partition(scheme, T, P);
                std::vector<int> owners(static_cast<std::size_t>(T));
                std::int64_t most = 0;
                bool is_increasing = true;
                for (int rank = 0; rank < P; ++rank) {
                    const auto rows = rows_of(split, rank);
                    is_increasing &= std::ranges::adjacent_find(rows, std::greater_equal{}) == rows.end();
                    for (const auto t : rows) ++owners.at(static_cast<std::size_t>(t));
                    most = std::max(most, split.rows(rank));
                }
                INFO(std::string(to_string(scheme)), " T ", T, " P ", P);
                CHECK(std::ranges::all_of(owners, [](int count) { return count == 1; }));
                CHECK(is_increasing);
                CHECK(split.max_rows() == most);
            }
        }
    }
}

TEST_CASE("small partitions by hand") {
    CHECK(rows_of({Scheme::contiguous, 5, 2}, 0) == Positions{0, 1});
    CHECK(rows_of({Scheme::zigzag, 8, 2}, 0) == Positions{0, 1, 6, 7});
    CHECK(rows_of({Scheme::zigzag, 8, 2}, 1) == Positions{2, 3, 4, 5});
    CHECK(rows_of({Scheme::striped, 5, 2}, 1) == Positions{1, 3});
    CHECK(rows_of({Scheme::weighted, 10, 3, std::vector{1.0, 0.0, 4.0}}, 0) == Positions{0, 1});
    CHECK(rows_of({Scheme::weighted, 10, 3, std::vector{1.0, 0.0, 4.0}}, 1) == Positions{});
    CHECK(ring::work_per_rank({Scheme::contiguous, 4, 2}, causal) == std::vector{3.0, 7.0});
    CHECK(ring::work_per_rank({Scheme::contiguous, 5, 2}, both_ways) == std::vector{10.0, 15.0});
}

TEST_CASE("zigzag and striped balance causal work; contiguous does not") {
    for (const int P : {2, 3, 4, 7, 8, 16, 32, 64}) {
        for (const std::int64_t T : {35040, 35039}) {
            INFO("T ", T, " P ", P);
            CHECK(causal_imbalance({Scheme::zigzag, T, P}) <= 1.01);
            CHECK(causal_imbalance({Scheme::striped, T, P}) <= 1.01);
            CHECK(causal_imbalance({Scheme::contiguous, T, P}) == doctest::Approx(2.0 - 1.0 / P).epsilon(0.001));
        }
    }
}

TEST_CASE("zigzag and striped balance causal work from two chunks a rank on") {
    // Of few steps the last row of a rank weighs more: at T = 2P a rank has two rows, zigzag's in perfect balance.
    for (int P = 1; P <= 64; ++P) {
        CHECK(causal_imbalance({Scheme::zigzag, 2 * P, P}) == doctest::Approx(1));
        CHECK(causal_imbalance({Scheme::striped, 400 * P, P}) <= 1.01);
        for (const std::int64_t T : {400 * P, 400 * P - 1, 400 * P + 1})
            CHECK(causal_imbalance({Scheme::zigzag, T, P}) <= 1.01);
    }
}

TEST_CASE("work is the number of pairs the mask lets through, counted one by one") {
    for (const auto scheme : schemes) {
        for (const int P : {1, 3, 4}) {
            for (const std::int64_t T : {0, 1, 5, 29}) {
                for (const bool is_causal : {false, true}) {
                    for (const std::int64_t W : {0, 1, 3, 28, 29, 100}) {
                        const attention::Mask mask{is_causal, W};
                        const auto split = partition(scheme, T, P);
                        std::vector<double> counted(static_cast<std::size_t>(P));
                        for (int rank = 0; rank < P; ++rank)
                            for (const auto query : split.positions(rank))
                                for (std::int64_t key = 0; key < T; ++key)
                                    counted[static_cast<std::size_t>(rank)] += mask.sees(query, key);
                        INFO(std::string(to_string(scheme)), " P ", P, " T ", T, " causal ", is_causal, " W ", W);
                        CHECK(work_per_rank(split, mask) == counted);
                    }
                }
            }
        }
    }
}

TEST_CASE("the balance in words") {
    CHECK(ring::describe_balance({Scheme::contiguous, 4, 2}, causal) ==
          "causal, contiguous over 2 ranks: 3 to 7 pairs a rank, max/mean 1.4000");
    CHECK(ring::describe_balance({Scheme::contiguous, 4, 2}, {false, 2}) ==
          "both ways, window 2, contiguous over 2 ranks: 5 to 5 pairs a rank, max/mean 1.0000");
    CHECK(ring::describe_balance({Scheme::contiguous, 0, 2}, causal) ==
          "causal, contiguous over 2 ranks: 0 to 0 pairs a rank, max/mean 1.0000");
}

TEST_CASE("weighted runs follow the speeds") {
    const Partition split{Scheme::weighted, 6000, 3, std::vector{1.0, 2.0, 3.0}};
    CHECK(split.rows(0) == 1000);
    CHECK(split.rows(1) == 2000);
    CHECK(split.rows(2) == 3000);
}

TEST_CASE("weighted runs follow the speeds by work: under a causal mask early steps are cheap") {
    const std::vector speeds{1.0, 0.0, 2.0, 3.0};
    const Partition split(Scheme::weighted, 6000, 4, speeds, causal);
    CHECK(std::abs(static_cast<double>(split.rows(0)) - 6000 * std::sqrt(1.0 / 6)) < 1);  // pairs grow as t squared
    CHECK(split.rows(1) == 0);
    for (const attention::Mask& mask : {causal, both_ways, attention::Mask{true, 168}, attention::Mask{false, 168}}) {
        const auto work = ring::work_per_rank({Scheme::weighted, 6000, 4, speeds, mask}, mask);
        const double total = std::accumulate(work.begin(), work.end(), 0.0);
        for (std::size_t rank = 0; rank < 4; ++rank)
            CHECK(work[rank] / total == doctest::Approx(speeds[rank] / 6).epsilon(0.002));
    }
    const std::vector even{1.0, 1.0, 1.0, 1.0};
    CHECK(causal_imbalance({Scheme::weighted, 35040, 4, even, causal}) < 1.001);
    for (const std::int64_t T : {0, 1, 2, 3, 7}) {  // nothing is lost where there are fewer steps than ranks
        const Partition few(Scheme::weighted, T, 4, even, causal);
        CHECK(few.rows(0) + few.rows(1) + few.rows(2) + few.rows(3) == T);
    }
}

TEST_CASE("weights and names that make no sense are refused") {
    CHECK_THROWS_AS(Partition(Scheme::weighted, 10, 2), ConfigError);
    CHECK_THROWS_AS(Partition(Scheme::weighted, 10, 2, std::vector{0.0, 0.0}), ConfigError);
    CHECK_THROWS_AS(Partition(Scheme::weighted, 10, 2, std::vector{1.0, -1.0}), ConfigError);
    CHECK_THROWS_AS(Partition(Scheme::weighted, 10, 2, std::vector{1.0, std::nan("")}), ConfigError);
    CHECK_THROWS_AS(Partition(Scheme::zigzag, 10, 2, std::vector{1.0, 1.0}), BugError);
    CHECK_THROWS_AS(Partition(Scheme::zigzag, 10, 0), BugError);
    CHECK_THROWS_AS(ring::parse_scheme("spiral"), ConfigError);
    for (const auto scheme : schemes) CHECK(ring::parse_scheme(to_string(scheme)) == scheme);
}
