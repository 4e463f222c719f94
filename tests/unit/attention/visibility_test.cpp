// SPDX-License-Identifier: MIT
#include "attention/visibility.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace gridring::attention;

namespace {

using Rows = std::vector<std::int64_t>;
using Ids = std::vector<std::int32_t>;

Rows every(std::int64_t first, std::int64_t step, std::int64_t count) {
    Rows rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back(first + i * step);
    return rows;
}

/// Contiguous runs, stripes, and the two far halves of a zigzag, at all distances from each other.
std::vector<Rows> blocks() {
    std::vector<Rows> result{{}, {4}};
    for (const std::int64_t first : {0, 3, 5, 9}) {
        result.push_back(every(first, 1, 4));
        result.push_back(every(first % 3, 3, 5));
        auto zigzag = every(first, 1, 3);
        for (const std::int64_t row : every(20 - first, 1, 3)) zigzag.push_back(row);
        result.push_back(zigzag);
    }
    return result;
}

/// Calls visit(mask, queries, keys) for every mask and pair of blocks.
template <class Visit>
void for_each_case(const Visit& visit) {
    for (const bool is_causal : {false, true})
        for (const std::int64_t window : {0, 1, 3, 100})
            for (const auto& queries : blocks())
                for (const auto& keys : blocks()) visit(Mask{is_causal, window}, queries, keys);
}

/// Hull of the rows for which `is_in` holds; {0, 0} when there is none.
template <class IsIn>
RowRange hull(const Rows& rows, const IsIn& is_in) {
    RowRange range;
    for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
        if (!is_in(rows[static_cast<std::size_t>(i)])) continue;
        if (range.size() == 0) range.begin = i;
        range.end = i + 1;
    }
    return range;
}

/// The same rows; where a range is empty does not matter.
bool is_same(RowRange a, RowRange b) { return a == b || (a.size() == 0 && b.size() == 0); }

/// What classify() must say, or with segments at least not contradict.
Coverage by_element(const Mask& mask, const Rows& queries, const Rows& keys, const Ids& query_ids, const Ids& key_ids) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < queries.size(); ++i)
        for (std::size_t j = 0; j < keys.size(); ++j)
            seen += mask.sees(queries[i], keys[j]) && (query_ids.empty() || query_ids[i] == key_ids[j]);
    if (seen == 0) return Coverage::skip;
    return seen == queries.size() * keys.size() ? Coverage::full : Coverage::partial;
}

/// One id a row, made of its position.
template <class Id>
Ids ids(const Rows& rows, const Id& id) {
    Ids result;
    for (const std::int64_t row : rows) result.push_back(static_cast<std::int32_t>(id(row)));
    return result;
}

}  // namespace

TEST_CASE("one query sees an interval of keys, one key is seen by an interval of queries") {
    for_each_case([](const Mask& mask, const Rows& queries, const Rows& keys) {
        for (const std::int64_t query : queries)
            CHECK(is_same(visible_keys(mask, {query, query}, keys),
                          hull(keys, [&](std::int64_t key) { return mask.sees(query, key); })));
        for (const std::int64_t key : keys)
            CHECK(is_same(visible_queries(mask, {key, key}, queries),
                          hull(queries, [&](std::int64_t query) { return mask.sees(query, key); })));
    });
}

TEST_CASE("a range of positions sees what its members see, and nothing outside") {
    for (const bool is_causal : {false, true}) {
        for (const std::int64_t window : {0, 1, 3, 100}) {
            const Mask mask{is_causal, window};
            for (std::int64_t first = 0; first < 12; ++first) {
                for (std::int64_t last = first; last < 12; ++last) {
                    const auto range = every(first, 1, last - first + 1);
                    for (const auto& rows : blocks()) {
                        CHECK(is_same(visible_keys(mask, {first, last}, rows), hull(rows, [&](std::int64_t key) {
                                          return std::ranges::any_of(
                                              range, [&](std::int64_t query) { return mask.sees(query, key); });
                                      })));
                        CHECK(is_same(visible_queries(mask, {first, last}, rows), hull(rows, [&](std::int64_t query) {
                                          return std::ranges::any_of(
                                              range, [&](std::int64_t key) { return mask.sees(query, key); });
                                      })));
                    }
                }
            }
        }
    }
}

TEST_CASE("tiles are skip, full or partial as their elements are") {
    int seen[3] = {};
    for_each_case([&](const Mask& mask, const Rows& queries, const Rows& keys) {
        const Coverage coverage = classify(mask, {queries, {}}, {keys, {}});
        CHECK(coverage == by_element(mask, queries, keys, {}, {}));
        ++seen[static_cast<int>(coverage)];
    });
    for (const int count : seen) CHECK(count > 50);
}

TEST_CASE("tiles of packed sequences are never skipped or called full in error") {
    const auto one = [](std::int64_t) { return 7; };
    const auto sorted = [](std::int64_t row) { return row < 4 ? 3 : row < 9 ? 5 : 40; };
    const auto mixed = [](std::int64_t row) { return row * 5 % 3 - 1; };
    for_each_case([&](const Mask& mask, const Rows& queries, const Rows& keys) {
        if (queries.empty() || keys.empty()) return;
        const auto check = [&](const auto& id) {
            const Ids query_ids = ids(queries, id), key_ids = ids(keys, id);
            const Coverage expected = by_element(mask, queries, keys, query_ids, key_ids);
            const Coverage actual = classify(mask, {queries, query_ids}, {keys, key_ids});
            CHECK((actual == expected || (actual == Coverage::partial && expected == Coverage::skip)));
        };
        check(one), check(sorted), check(mixed);
        CHECK(classify(mask, {queries, ids(queries, one)}, {keys, ids(keys, one)}) ==
              classify(mask, {queries, {}}, {keys, {}}));
    });
}

TEST_CASE("sequences that follow each other do not meet") {
    const Rows early = every(0, 1, 8), late = every(8, 1, 8);
    const Ids first{0, 0, 0, 0, 1, 1, 1, 1}, second{2, 2, 2, 2, 2, 2, 2, 2}, shared{1, 1, 1, 1, 1, 1, 1, 1};
    for (const bool is_causal : {false, true}) {
        CHECK(classify({is_causal}, {late, second}, {early, first}) == Coverage::skip);
        CHECK(classify({is_causal}, {late, shared}, {early, first}) == Coverage::partial);
        CHECK(classify({is_causal}, {late, second}, {early, second}) == Coverage::full);
    }
}
