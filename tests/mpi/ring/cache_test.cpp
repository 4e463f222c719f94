// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "gridring/core/error.hpp"
#include "gridring/ring/key_value_cache.hpp"
#include "ring_run.hpp"

using namespace gridring;
using attention::Shape;
using ring::KeyValueCache;

namespace {

constexpr double out_gate = 5e-6, lse_gate = 1e-5;  // reference/attention.md

const comm::Communicator& world() { return test::world(); }

std::vector<std::int64_t> run_of(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> positions(static_cast<std::size_t>(count));
    std::iota(positions.begin(), positions.end(), first);
    return positions;
}

/// Element by element as Mask::sees says: what a window means, whatever the kernels make of it.
void accumulate_plainly(const attention::QueryView& queries, const attention::KeyValueView& block,
                        const attention::Scoring& scoring, const attention::SoftmaxState& state, math::ThreadTeam&) {
    const auto& q = queries.q;
    const std::int64_t group = q.heads / block.k.heads, stride = attention::validity_stride(block.k.rows);
    const float scale = softmax_scale(scoring, q.head_dim) * 1.44269504F;
    for (std::int64_t row = 0; row < q.batch * q.heads * q.rows; ++row) {
        const std::int64_t b = row / (q.heads * q.rows), h = row / q.rows % q.heads, l = row % q.rows;
        float &max = state.max[static_cast<std::size_t>(row)], &sum = state.sum[static_cast<std::size_t>(row)];
        float* acc = state.acc.head(b, h).row(l);
        for (std::int64_t key = 0; key < block.k.rows; ++key) {
            const auto byte =
                block.validity.empty() ? 0xFF : block.validity[static_cast<std::size_t>(b * stride + key / 8)];
            if ((byte >> (key % 8) & 1) == 0 || !scoring.mask.sees(queries.positions[static_cast<std::size_t>(l)],
                                                                   block.positions[static_cast<std::size_t>(key)]))
                continue;
            const float *k = block.k.head(b, h / group).row(key), *v = block.v.head(b, h / group).row(key);
            float score = 0;
            for (std::int64_t d = 0; d < q.head_dim; ++d) score += scale * q.head(b, h).row(l)[d] * k[d];
            const float higher = std::max(max, score), decay = std::exp2(max - higher);
            const float weight = std::exp2(score - higher);
            for (std::int64_t d = 0; d < q.head_dim; ++d) acc[d] = acc[d] * decay + weight * v[d];
            sum = sum * decay + weight;
            max = higher;
        }
    }
}
const attention::Backend plain{"plain", "", accumulate_plainly, nullptr};

struct Answer {
    std::vector<float> out, lse;
};

/// A problem whose hours arrive one run after the other.
class Rolling {
public:
    Rolling(const attention::reference::Problem& problem, KeyValueCache& cache) : problem_(problem), cache_(cache) {}

    /// Every rank takes its share of the hours [first, first + count).
    void append(std::int64_t first, std::int64_t count) {
        const auto share = KeyValueCache::share_of(cache_.all_rows(), count, world().rank());
        append_here(run_of(first + share.first, share.count));
    }
    void append_here(attention::Positions positions) {
        const auto& [batch, heads, kv_heads, D] = problem_.shape;
        const auto rows = static_cast<std::int64_t>(positions.size());
        auto k = test::rows_at(problem_.k, batch, kv_heads * D, positions),
             v = test::rows_at(problem_.v, batch, kv_heads * D, positions);
        std::vector<std::uint8_t> validity;
        if (!problem_.is_valid.empty()) {
            validity.resize(static_cast<std::size_t>(batch * attention::validity_stride(rows)));
            test::set_validity(problem_.is_valid, batch, positions, validity);
        }
        cache_.append(attention::Heads(k.data(), batch, rows, kv_heads, D),
                      attention::Heads(v.data(), batch, rows, kv_heads, D), positions, validity);
    }
    Answer attend(attention::Positions positions) {
        const auto& [batch, heads, kv_heads, D] = problem_.shape;
        const auto rows = static_cast<std::int64_t>(positions.size());
        auto q = test::rows_at(problem_.q, batch, heads * D, positions);
        Answer answer{std::vector<float>(q.size(), 7.0F),
                      std::vector<float>(static_cast<std::size_t>(batch * heads * rows))};
        cache_.attend(attention::Heads(q.data(), batch, rows, heads, D), positions,
                      attention::Heads(answer.out.data(), batch, rows, heads, D), answer.lse);
        return answer;
    }
    /// What breaks a gate against the oracle's answer to the whole problem, at these queries.
    std::string broken_gates(const attention::reference::Output& oracle, attention::Positions positions) {
        const auto& shape = problem_.shape;
        const auto answer = attend(positions);
        const auto out =
            test::distance(answer.out, test::rows_at(oracle.out, shape.batch, shape.heads * shape.head_dim, positions));
        const auto lse = test::distance(
            answer.lse, test::to_float(test::columns_at(oracle.lse, shape.batch * shape.heads, positions)));
        if (out.max_abs < out_gate && lse.max_abs < lse_gate) return "";
        return "out is off by " + std::to_string(out.max_abs) + ", lse by " + std::to_string(lse.max_abs);
    }

private:
    const attention::reference::Problem& problem_;
    KeyValueCache& cache_;
};

/// Whether every rank holds these very bits.
bool is_same_everywhere(const Answer& answer) {
    for (const auto* values : {&answer.out, &answer.lse}) {
        auto of_root = *values;
        world().broadcast(std::as_writable_bytes(std::span(of_root)));
        if (!std::ranges::equal(std::as_bytes(std::span(of_root)), std::as_bytes(std::span(*values)))) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("new hours go to the ranks with the fewest, each rank a run of its own") {
    using Counts = std::vector<std::int64_t>;
    const auto shares = [](const Counts& held, std::int64_t rows) {
        Counts counts;
        std::int64_t next = 0;
        for (int rank = 0; rank < std::ssize(held); ++rank) {
            const auto share = KeyValueCache::share_of(held, rows, rank);
            CHECK(share.first == next);
            next += share.count;
            counts.push_back(share.count);
        }
        CHECK(next == rows);
        return counts;
    };
    CHECK(shares({0}, 5) == Counts{5});
    CHECK(shares({0, 0, 0}, 0) == Counts{0, 0, 0});
    CHECK(shares({0, 0, 0}, 7) == Counts{3, 2, 2});
    CHECK(shares({5, 0, 3}, 4) == Counts{0, 4, 0});
    CHECK(shares({5, 0, 3}, 5) == Counts{0, 4, 1});
    CHECK(shares({5, 0, 3}, 9) == Counts{1, 6, 2});
    CHECK(shares({2, 100, 2}, 3) == Counts{2, 0, 1});
    CHECK_THROWS_AS(KeyValueCache::share_of({}, 1, 0), BugError);
}

TEST_CASE("rolling origins: a day's queries equal the last rows of a full forward") {
    constexpr std::int64_t history = 131, day = 24, origins = 10, T = history + day * origins;
    for (const std::int64_t kv_heads : {4, 1}) {
        for (const double hole_share : {0.0, 0.3}) {
            auto problem = test::random_problem({2, 4, kv_heads, 20}, T, true, 51, 1, hole_share);
            for (std::size_t t = 0; t < std::min<std::size_t>(3, problem.is_valid.size()); ++t) problem.is_valid[t] = 0;
            const auto oracle = attention::reference::forward(problem);
            KeyValueCache cache(world(), problem.shape, {});
            Rolling rolling(problem, cache);
            rolling.append(0, history);
            INFO("rank ", world().rank(), " kv_heads ", kv_heads, " holes ", hole_share);
            CHECK(rolling.broken_gates(oracle, run_of(0, history)) == "");  // the first rows may have no key at all
            for (std::int64_t origin = 0; origin < origins; ++origin) {
                const std::int64_t first = history + origin * day;
                rolling.append(first, day);
                CHECK(rolling.broken_gates(oracle, run_of(first, day)) == "");
            }
            CHECK(rolling.broken_gates(oracle, run_of(T - 1, 1)) == "");
            CHECK(rolling.broken_gates(oracle, run_of(0, T)) == "");

            const auto rows = cache.all_rows();
            CHECK(std::accumulate(rows.begin(), rows.end(), std::int64_t{0}) == T);
            CHECK(std::ranges::max(rows) - std::ranges::min(rows) <= 1);
            CHECK(cache.rows() == rows[static_cast<std::size_t>(world().rank())]);
            CHECK(std::ssize(cache.positions()) == cache.rows());
            // Spare room is at most as much again; K and V, two sequences.
            CHECK(static_cast<std::int64_t>(cache.bytes()) <=
                  2 * std::max<std::int64_t>(cache.rows(), 64) * 2 * 2 * kv_heads * 20 * 4);

            ring::RingAttention ring(world(), {ring::Scheme::zigzag, T, world().size()}, problem.shape, {});
            const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 52);
            const auto full = test::run_ring(ring, problem, dout);
            const auto again = rolling.attend(ring.positions().size() == 0 ? run_of(0, 0) : run_of(0, T));
            const auto of_mine = [&](const std::vector<float>& out) {
                return test::rows_at(out, 2, 4 * 20, ring.positions());
            };
            CHECK(test::distance(of_mine(again.out), full.out).max_abs < out_gate);
            CHECK(test::distance(test::columns_at(again.lse, 2 * 4, ring.positions()), full.lse).max_abs < lse_gate);
        }
    }
}

TEST_CASE("a causal or two-sided window sees what the oracle sees") {
    constexpr std::int64_t T = 150;
    for (const attention::Mask mask :
         {attention::Mask{true, 30}, attention::Mask{true, 1}, attention::Mask{false, 40}}) {
        auto problem = test::random_problem({2, 4, 2, 16}, T, true, 61, 1, 0.2);
        problem.mask = mask;
        const auto oracle = attention::reference::forward(problem);
        KeyValueCache cache(world(), problem.shape, {.mask = mask, .backend = &plain});
        Rolling rolling(problem, cache);
        rolling.append(0, 100);
        rolling.append(100, T - 100);
        INFO("rank ", world().rank(), " window ", mask.window, " causal ", mask.is_causal);
        CHECK(rolling.broken_gates(oracle, run_of(0, T)) == "");
        CHECK(rolling.broken_gates(oracle, run_of(T - 24, 24)) == "");
    }
}

TEST_CASE("every rank gets the same bits; queries in any number; one gather of them") {
    constexpr std::int64_t T = 600;
    const Shape shape{2, 4, 2, 16};
    const auto problem = test::random_problem(shape, T, true, 71, 30);  // peaky: ranks differ by powers of ten
    KeyValueCache cache(world(), shape, {.threads = 2});
    Rolling rolling(problem, cache);
    rolling.append(0, T);
    std::uint64_t bytes = 0;
    for (const std::int64_t count : {0, 1, 24, 500}) {
        const auto answer = rolling.attend(run_of(T - count, count));
        CHECK(is_same_everywhere(answer));
        CHECK(rolling.attend(run_of(T - count, count)).out == answer.out);
        bytes += static_cast<std::uint64_t>(2 * 2 * count * (4 * 16 + 4) * 4);  // twice, two sequences
        CHECK(cache.cost().bytes_gathered == bytes);
    }
    CHECK(cache.cost().calls == 6);
    CHECK(cache.cost().compute_seconds > 0);
    CHECK(cache.cost().exchange_seconds > 0);
}

TEST_CASE("an uneven spread, ranks without any hour, and an empty cache") {
    constexpr std::int64_t T = 40;
    const auto problem = test::random_problem({1, 2, 1, 8}, T, true, 81);
    const auto oracle = attention::reference::forward(problem);
    KeyValueCache cache(world(), problem.shape, {});
    Rolling rolling(problem, cache);
    const auto nothing = rolling.attend(run_of(3, 2));
    CHECK(std::ranges::all_of(nothing.out, [](float x) { return x == 0; }));
    CHECK(std::ranges::all_of(nothing.lse, [](float x) { return std::isinf(x) && x < 0; }));
    rolling.append_here(world().rank() == world().size() - 1 ? run_of(0, T) : run_of(0, 0));  // all on the last
    CHECK(rolling.broken_gates(oracle, run_of(0, T)) == "");
}

TEST_CASE("hours that were revised are dropped and appended anew") {
    constexpr std::int64_t T = 96, revised = 60;
    const auto first = test::random_problem({2, 2, 1, 8}, T, true, 91, 1, 0.2);
    auto second = test::random_problem({2, 2, 1, 8}, T, true, 92);
    for (std::int64_t b = 0; b < 2; ++b)  // the hours before the revision are those of the first problem
        for (std::int64_t t = 0; t < revised; ++t)
            for (std::int64_t i = 0; i < 8; ++i)
                for (auto [to, from] : {std::pair{&second.k, &first.k}, std::pair{&second.v, &first.v}})
                    (*to)[static_cast<std::size_t>((b * T + t) * 8 + i)] =
                        (*from)[static_cast<std::size_t>((b * T + t) * 8 + i)];
    second.is_valid = first.is_valid;
    KeyValueCache cache(world(), first.shape, {});
    Rolling(first, cache).append(0, T);
    cache.truncate(revised);
    CHECK(world().sum(cache.rows()) == revised);
    CHECK(std::ranges::all_of(cache.positions(), [](std::int64_t t) { return t < revised; }));
    Rolling rolling(second, cache);
    rolling.append(revised, T - revised);
    CHECK(rolling.broken_gates(attention::reference::forward(second), run_of(0, T)) == "");
    cache.truncate(0);
    CHECK(cache.rows() == 0);
}

TEST_CASE("what does not fit the cache is refused") {
    CHECK_THROWS_AS(KeyValueCache(world(), {1, 3, 2, 4}, {}), BugError);
    KeyValueCache cache(world(), {1, 2, 1, 4}, {});
    std::vector<float> values(64);
    const auto keys = [&](std::int64_t rows) { return attention::Heads(values.data(), 1, rows, 1, 4); };
    cache.append(keys(2), keys(2), run_of(5, 2));
    CHECK_THROWS_AS(cache.append(keys(2), keys(2), run_of(6, 2)), BugError);  // holds 6 already
    CHECK_THROWS_AS(cache.append(keys(2), keys(3), run_of(7, 2)), BugError);
    CHECK_THROWS_AS(cache.append(keys(2), keys(2), run_of(7, 2), std::vector<std::uint8_t>(2)), BugError);
    const attention::Heads q(values.data(), 1, 2, 2, 4);
    std::vector<float> lse(4), short_lse(3);
    CHECK_THROWS_AS(cache.attend(q, run_of(7, 3), q, lse), BugError);
    CHECK_THROWS_AS(cache.attend(q, run_of(7, 2), q, short_lse), BugError);
    CHECK(cache.rows() == 2);
}
