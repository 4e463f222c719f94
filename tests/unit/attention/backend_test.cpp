// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/reference.hpp"
#include "gridring/core/error.hpp"
#include "support/attention_problem.hpp"
#include "support/compare.hpp"
#include "unit/attention/blockwise.hpp"

using namespace gridring;
using attention::Shape;
using attention::reference::Problem;
using test::Blockwise;
using test::contiguous;
using test::interleaved;
using test::KeyBlock;
using test::one_block;
using test::QueryBlock;
using test::Result;
using test::ring;
using test::Rows;
using test::Split;
using test::zigzag;

namespace {

struct Gates {
    double out, lse, gradient, relative;
};
constexpr Gates plain{5e-6, 1e-5, 2e-5, 3e-6};

template <class Mine, class Oracle>
void check_close(const std::string& what, const Mine& mine, const Oracle& oracle, double gate, double relative_gate) {
    const auto distance = test::distance(mine, oracle);
    INFO(what);
    CHECK(distance.max_abs < gate);
    // One key a row: dq and dk are 0 in the oracle and rounding here.
    if (distance.squared_norm > 0) CHECK(distance.relative_l2() < relative_gate);
}

/// What the oracle says of one problem; every backend, split and number of threads is held to it.
class Oracle {
public:
    explicit Oracle(const Problem& problem)
        : problem_(problem),
          dout_(test::normal(std::ssize(problem.q), 77)),
          output_(attention::reference::forward(problem)),
          gradients_(attention::reference::backward(problem, dout_)) {}

    void check(const attention::Backend& backend, const Split& split, int threads, const Gates& gates) const {
        INFO(std::string(backend.name), " threads ", threads, " blocks ", split.queries.size(), " x ",
             split.keys.size());
        const auto actual = Blockwise(backend, problem_, threads).run(dout_, split);
        CHECK(actual.is_padding_intact);
        check_close("out", actual.out, output_.out, gates.out, gates.relative);
        CHECK(test::distance(actual.lse, output_.lse).max_abs < gates.lse);
        check_close("dq", actual.dq, gradients_.dq, gates.gradient, gates.relative);
        check_close("dk", actual.dk, gradients_.dk, gates.gradient, gates.relative);
        check_close("dv", actual.dv, gradients_.dv, gates.gradient, gates.relative);
    }

private:
    const Problem& problem_;
    std::vector<double> dout_;
    attention::reference::Output output_;
    attention::reference::Gradients gradients_;
};

void check_all(const Problem& problem, const std::vector<Split>& splits, const Gates& gates = plain) {
    const Oracle oracle(problem);
    for (const auto* backend : test::backends())
        for (const Split& split : splits)
            for (const int threads : {1, 3}) oracle.check(*backend, split, threads, gates);
}

/// Queries in one block, keys in one and in three.
std::vector<Split> simple_splits(std::int64_t steps) {
    return {{one_block(steps), one_block(steps)}, {one_block(steps), interleaved(steps)}};
}

Result run(const attention::Backend& backend, const Problem& problem, const Split& split, int threads = 1) {
    return Blockwise(backend, problem, threads).run(test::normal(std::ssize(problem.q), 9), split);
}

/// Values of width `width` at the rows before `end` are the same to the bit. One sequence.
bool is_same_before(std::int64_t end, std::int64_t width, const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.begin() + end * width, b.begin());
}

}  // namespace

TEST_CASE("blocked attention equals the oracle on sizes nothing divides") {
    const std::pair<Shape, std::int64_t> sizes[] = {
        {{1, 1, 1, 5}, 13}, {{2, 4, 2, 20}, 97}, {{1, 3, 1, 17}, 597}, {{2, 2, 2, 64}, 131}};
    for (const auto& [shape, steps] : sizes) {
        for (const bool is_causal : {false, true}) {
            for (const double hole_share : {0.0, 0.3}) {
                INFO("T ", steps, " head_dim ", shape.head_dim, " causal ", is_causal, " holes ", hole_share);
                check_all(test::random_problem(shape, steps, is_causal, 1, 1, hole_share), simple_splits(steps));
            }
        }
    }
}

TEST_CASE("queries and keys may be any parts of the sequence") {
    const std::int64_t T = 389;
    for (const bool is_causal : {false, true}) {
        for (const std::int64_t window : {0, 30}) {
            INFO("causal ", is_causal, " window ", window);
            auto problem = test::random_problem({1, 4, 2, 12}, T, is_causal, 11, 1, 0.1);
            problem.mask.window = window;
            check_all(problem, {ring(contiguous(T, 3)),
                                ring(zigzag(T, 3)),
                                ring(interleaved(T)),
                                {zigzag(T, 2), contiguous(T, 5)},
                                {contiguous(T, 2), interleaved(T)}});
        }
    }
}

TEST_CASE("rows on both sides of a wide gap of positions") {
    const std::int64_t T = 2600;  // zigzag on two ranks: 1,300 positions between the two runs of a rank
    auto problem = test::random_problem({1, 1, 1, 4}, T, true, 26);
    check_all(problem, {ring(zigzag(T, 2))}, {5e-6, 1e-5, 3e-5, 3e-6});
}

TEST_CASE("every width of heads") {
    for (const std::int64_t head_dim : {1, 5, 16, 20, 33, 64, 80, 128, 256}) {
        for (const bool is_causal : {false, true}) {
            INFO("head_dim ", head_dim, " causal ", is_causal);
            check_all(test::random_problem({1, 2, 1, head_dim}, 101, is_causal, 12), simple_splits(101));
        }
    }
}

TEST_CASE("lengths around the sizes of tiles") {
    for (const std::int64_t steps : {1, 15, 16, 17, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129, 511, 512, 513}) {
        for (const bool is_causal : {false, true}) {
            INFO("T ", steps, " causal ", is_causal);
            check_all(test::random_problem({1, 1, 1, 8}, steps, is_causal, 13), simple_splits(steps));
        }
    }
}

TEST_CASE("grouped and single key heads") {
    for (const auto& [heads, kv_heads] : {std::pair{8, 2}, {8, 1}, {6, 3}, {5, 5}}) {
        INFO("heads ", heads, " kv_heads ", kv_heads);
        check_all(test::random_problem({2, heads, kv_heads, 16}, 75, true, 14, 1, 0.2),
                  {{one_block(75), one_block(75)}, ring(contiguous(75, 2))});
    }
}

TEST_CASE("sliding windows") {
    const std::int64_t T = 301;
    for (const bool is_causal : {false, true}) {
        for (const std::int64_t window : {1, 7, 64, 1000}) {
            for (const double hole_share : {0.0, 0.3}) {
                INFO("causal ", is_causal, " window ", window, " holes ", hole_share);
                auto problem = test::random_problem({1, 2, 1, 16}, T, is_causal, 15, 1, hole_share);
                problem.mask.window = window;
                check_all(problem, {{one_block(T), one_block(T)}, {one_block(T), interleaved(T)}, ring(zigzag(T, 2))});
            }
        }
    }
}

TEST_CASE("packed sequences") {
    const std::int64_t T = 203;
    for (const bool is_causal : {false, true}) {
        for (const bool is_mixed : {false, true}) {
            for (const double hole_share : {0.0, 0.3}) {
                for (const std::int64_t window : {0, 20}) {
                    INFO("causal ", is_causal, " mixed ", is_mixed, " holes ", hole_share, " window ", window);
                    auto problem = test::random_problem({2, 2, 1, 16}, T, is_causal, 16, 1, hole_share);
                    problem.segments = test::random_segments(2, T, 17, 25, is_mixed);
                    problem.mask.window = window;
                    check_all(problem,
                              {{one_block(T), one_block(T)}, {one_block(T), interleaved(T)}, ring(zigzag(T, 2))});
                }
            }
        }
    }
}

TEST_CASE("one packed call equals a call for each sequence") {
    const std::int64_t T = 150, first = 61;  // the second sequence from row 61
    auto packed = test::random_problem({1, 2, 2, 8}, T, true, 18);
    packed.segments.assign(T, 4);
    std::fill(packed.segments.begin() + first, packed.segments.end(), -2);
    auto alone = packed;
    alone.steps = T - first, alone.segments.clear();
    for (auto* values : {&alone.q, &alone.k, &alone.v}) values->erase(values->begin(), values->begin() + first * 16);
    for (const auto* backend : test::backends()) {
        const auto both = run(*backend, packed, {one_block(T), one_block(T)});
        const auto expected = attention::reference::forward(alone);
        const std::vector<float> out(both.out.begin() + first * 16, both.out.end());
        check_close("out", out, expected.out, plain.out, plain.relative);
    }
}

TEST_CASE("scores at a scale of one's own") {
    for (const double scale : {0.03125, 0.375, 1.0}) {
        INFO("scale ", scale);
        auto problem = test::random_problem({1, 2, 1, 20}, 97, true, 19);
        problem.scale = scale;
        // At 1 logits are of N(0, 20): the gates of peaky logits.
        check_all(problem, simple_splits(97), scale < 1 ? plain : Gates{1e-4, 1e-4, 2e-3, 1e-5});
    }
}

TEST_CASE("peaky logits keep their digits") {
    // Logits of N(0, 30²): fp32 rounds a score of 100 by 4e-6, which the exponential passes on. reference/attention.md:
    // 1e-5 relative.
    for (const bool is_causal : {false, true})
        check_all(test::random_problem({1, 2, 2, 16}, 150, is_causal, 2, 30), simple_splits(150),
                  {1e-4, 1e-4, 2e-3, 1e-5});
}

TEST_CASE("blocks whose log-sum-exps lie further apart than exp can bridge merge exactly, in any order") {
    // One query direction; the blocks score about -500, 0 and 500: e^500 is far beyond fp32.
    const std::int64_t T = 6;
    auto problem = test::random_problem({1, 1, 1, 4}, T, false, 3);
    for (std::size_t t = 0; t < T; ++t) {
        for (std::size_t d = 0; d < 4; ++d) problem.q[4 * t + d] = d == 0 ? 2 : 0, problem.k[4 * t + d] = 0;
        problem.k[4 * t] = 500.0 * (static_cast<double>(t / 2) - 1) + static_cast<double>(t % 2);
    }
    std::vector<Rows> blocks{{0, 1}, {2, 3}, {4, 5}};
    // Scores are in units of log2(e): 721 is rounded by 3e-5 and a weight by 2e-5 of itself; dq is a difference of keys
    // of size 500 that such weights multiply.
    do check_all(problem, {{one_block(T), blocks}}, {1e-5, 5e-5, 5e-3, 5e-3});
    while (std::ranges::next_permutation(blocks).found);
}

TEST_CASE("scores that rise from tile to tile, or fall, keep their digits") {
    // Key t scores about 0.1 t - 30 or the reverse: the running maximum moves with every tile, or never again. dq is a
    // difference of keys of size 30, to which the rounding of a score of 30 is passed on.
    const std::int64_t T = 600;
    for (const double slope : {0.1, -0.1}) {
        auto problem = test::random_problem({1, 1, 1, 4}, T, false, 20);
        for (std::size_t t = 0; t < T; ++t) {
            problem.q[4 * t] = 2;
            problem.k[4 * t] = static_cast<float>(slope * (static_cast<double>(t) - 300));
        }
        check_all(problem, simple_splits(T), {1e-4, 1e-4, 2e-3, 1e-4});
    }
}

TEST_CASE("a lone key with a logit of -60,000 is the whole answer") {
    const Problem problem{{1, 1, 1, 1}, 1, {true}, {-60000}, {1}, {3}, {}, {}};
    for (const auto* backend : test::backends()) {
        const auto result = Blockwise(*backend, problem, 1).run({1}, {one_block(1), one_block(1)});
        CHECK(result.out[0] == 3.0F);
        CHECK(result.lse[0] == -60000.0F);
        CHECK(result.dv[0] == 1.0F);
    }
}

TEST_CASE("a number that is none shows in every row that uses it, and in no other") {
    const std::int64_t T = 300, at = 140;
    auto problem = test::random_problem({1, 2, 1, 20}, T, true, 33);
    problem.k[static_cast<std::size_t>(at * 20 + 3)] = NAN;
    for (const auto* backend : test::backends()) {
        const auto actual = run(*backend, problem, {one_block(T), interleaved(T)});
        for (std::int64_t t = 0; t < T; ++t) {
            INFO(std::string(backend->name), " t ", t);
            for (std::int64_t h = 0; h < 2; ++h) {
                const float out = actual.out[static_cast<std::size_t>((t * 2 + h) * 20)];
                const float lse = actual.lse[static_cast<std::size_t>(h * T + t)];
                CHECK(std::isnan(out) == (t >= at));
                CHECK(std::isnan(lse) == (t >= at));
            }
        }
    }
}

TEST_CASE("a score above fp32 is no number, not a key that nobody sees") {
    auto problem = test::random_problem({1, 1, 1, 4}, 40, true, 35);
    std::fill_n(problem.k.begin() + 20 * 4, 4, 3e38);
    for (auto& x : problem.q) x = 100 * std::abs(x);
    auto backends = test::backends();
    if (const auto* rounding = attention::simd_bf16_backend()) backends.push_back(rounding);
    for (const auto* backend : backends) {
        const auto actual = run(*backend, problem, {one_block(40), one_block(40)});
        INFO(std::string(backend->name));
        for (std::size_t t = 0; t < 40; ++t) CHECK(std::isnan(actual.lse[t]) == (t >= 20));
    }
}

TEST_CASE("positions of years in seconds, and windows larger than any") {
    // The same order, so the same answer, whatever lies between.
    const std::int64_t T = 90, far = std::int64_t{1} << 33;
    const auto problem = test::random_problem({1, 2, 1, 20}, T, true, 34);
    const auto dense = attention::reference::forward(problem);
    Rows spread;
    for (std::int64_t t = 0; t < T; ++t) spread.push_back((t / 7 - 5) * far + t);
    const KeyBlock keys(problem, one_block(T)[0]);
    for (const auto* backend : test::backends()) {
        for (const std::int64_t window : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
            INFO(std::string(backend->name), " window ", window);
            QueryBlock queries(problem, problem.q, one_block(T)[0]);
            std::vector<float> sum(queries.lse.size());
            const attention::SoftmaxState state{queries.out.view(), queries.lse, sum};
            math::ThreadTeam team;
            attention::reset(state, team);
            backend->accumulate({queries.q.view(), spread, {}}, {keys.k.view(), keys.v.view(), spread, {}, {}},
                                {{true, window}, 0}, state, team);
            attention::finish(state, queries.lse, team);
            CHECK(test::distance(queries.lse, dense.lse).max_abs < plain.lse);
        }
    }
}

TEST_CASE("rows without a key give 0, minus infinity and no gradient; missing keys may hold garbage") {
    const std::int64_t T = 70;
    const Shape shape{2, 2, 1, 8};
    auto problem = test::random_problem(shape, T, true, 5);
    problem.is_valid.assign(static_cast<std::size_t>(2 * T), 1);
    for (std::int64_t t = 0; t < 9; ++t) problem.is_valid[static_cast<std::size_t>(t)] = 0;  // sequence 0 starts late
    for (std::int64_t t = 0; t < T; ++t) problem.is_valid[static_cast<std::size_t>(T + t)] = 0;  // sequence 1 is empty
    const Split split{one_block(T), interleaved(T)};
    check_all(problem, {split});

    auto garbage = problem;
    for (std::int64_t i = 0; i < 2 * T; ++i)
        for (std::int64_t d = 0; d < 8; ++d)
            if (problem.is_valid[static_cast<std::size_t>(i)] == 0)
                garbage.k[static_cast<std::size_t>(8 * i + d)] = garbage.v[static_cast<std::size_t>(8 * i + d)] =
                    std::nan("");
    for (const auto* backend : test::backends()) {
        const auto clean = run(*backend, problem, split), dirty = run(*backend, garbage, split);
        CHECK(clean == dirty);
        CHECK(std::all_of(dirty.lse.begin() + 2 * T, dirty.lse.end(),
                          [](float x) { return x == -std::numeric_limits<float>::infinity(); }));
        CHECK(std::all_of(dirty.out.begin() + T * 16, dirty.out.end(), [](float x) { return x == 0; }));
        CHECK(std::all_of(dirty.dq.begin() + T * 16, dirty.dq.end(), [](float x) { return x == 0; }));
        CHECK(std::all_of(dirty.dk.begin() + T * 8, dirty.dk.end(), [](float x) { return x == 0; }));
    }
}

TEST_CASE("empty blocks and queries change nothing") {
    const auto problem = test::random_problem({1, 2, 2, 8}, 5, false, 7);
    check_all(problem, {{one_block(5), {{}, {0, 1, 2}, {}, {3, 4}}}, {{{}, {0, 1, 2, 3, 4}, {}}, {{4}, {0, 1, 2, 3}}}});
    const attention::Heads none(nullptr, 1, 0, 2, 8);
    for (const auto* backend : test::backends()) {
        math::ThreadTeam team(2);
        backend->accumulate({none, {}, {}}, test::KeyBlock(problem, {0, 1}).view(), {problem.mask, 0}, {none, {}, {}},
                            team);
    }
}

TEST_CASE("values of the future change no bit of the past") {
    // Other queries, keys and values from some position on change nothing before: not by the tile they share, nor by
    // the scores of thousands that they bring. 700 keys are two tiles.
    const std::int64_t T = 700;
    for (const std::int64_t first_bad : {70, 300, 633}) {
        for (const std::int64_t window : {0, 100}) {
            auto problem = test::random_problem({1, 2, 1, 8}, T, true, 8);
            problem.mask.window = window;
            auto other = problem;
            for (auto i = static_cast<std::size_t>(8 * first_bad); i < other.k.size(); ++i)
                other.k[i] = 1e3, other.v[i] = -1e3;
            for (auto i = static_cast<std::size_t>(16 * first_bad); i < other.q.size(); ++i) other.q[i] = 3;
            for (const auto* backend : test::backends()) {
                for (const auto& split : {Split{one_block(T), one_block(T)}, ring(zigzag(T, 2))}) {
                    for (const int threads : {1, 2}) {
                        INFO(std::string(backend->name), " from ", first_bad, " window ", window, " threads ", threads);
                        const auto before = run(*backend, problem, split, threads),
                                   after = run(*backend, other, split, threads);
                        CHECK(is_same_before(first_bad, 16, before.out, after.out));
                        CHECK(is_same_before(first_bad, 16, before.dq, after.dq));
                        for (const std::int64_t h : {0, 1})
                            CHECK(std::equal(before.lse.begin() + h * T, before.lse.begin() + h * T + first_bad,
                                             after.lse.begin() + h * T));
                        CHECK_FALSE(is_same_before(first_bad + 1, 16, before.out, after.out));
                    }
                }
            }
        }
    }
}

TEST_CASE("values of other sequences change no bit") {
    const std::int64_t T = 140;
    for (const bool is_mixed : {false, true}) {
        auto problem = test::random_problem({1, 1, 1, 8}, T, false, 21);
        problem.segments = test::random_segments(1, T, 22, 30, is_mixed);
        const std::int32_t mine = problem.segments[60];
        auto other = problem;
        for (std::size_t i = 0; i < other.k.size(); ++i)
            if (problem.segments[i / 8] != mine) other.q[i] = 3, other.k[i] = 1e3, other.v[i] = -1e3;
        for (const auto* backend : test::backends()) {
            INFO(std::string(backend->name), " mixed ", is_mixed);
            const Split split{one_block(T), one_block(T)};
            const auto before = run(*backend, problem, split), after = run(*backend, other, split);
            for (std::size_t i = 0; i < other.k.size(); ++i) {
                if (problem.segments[i / 8] != mine) continue;
                CHECK(before.out[i] == after.out[i]);
                CHECK(before.dq[i] == after.dq[i]);
                CHECK(before.dk[i] == after.dk[i]);
                CHECK(before.dv[i] == after.dv[i]);
            }
        }
    }
}

TEST_CASE("the same number of threads gives the same bits") {
    const std::int64_t T = 330;
    for (const auto& [heads, kv_heads] : {std::pair{1, 1}, {6, 3}}) {
        auto problem = test::random_problem({1, heads, kv_heads, 16}, T, true, 23, 1, 0.1);
        problem.segments = test::random_segments(1, T, 24, 100);
        for (const auto* backend : test::backends()) {
            for (const int threads : {1, 2, 3, 5}) {
                INFO(std::string(backend->name), " heads ", heads, " threads ", threads);
                const Split split{one_block(T), interleaved(T)};
                const auto first = run(*backend, problem, split, threads);
                for (int round = 0; round < 4; ++round) CHECK(run(*backend, problem, split, threads) == first);
            }
        }
    }
}

TEST_CASE("bf16 products are as near as bf16 allows, whatever the mask") {
    const auto* backend = attention::simd_bf16_backend();
    if (!backend) return;
    const Gates rounded{4e-2, 2e-2, 8e-2, 1e-2};  // 8 bits of mantissa: each product is off by up to 2^-8 of itself
    for (const std::int64_t head_dim : {7, 16, 33, 64, 128}) {
        for (const bool is_causal : {false, true}) {
            INFO("head_dim ", head_dim, " causal ", is_causal);
            auto problem = test::random_problem({1, 4, 2, head_dim}, 301, is_causal, 27, 1, 0.2);
            const Oracle whole(problem);
            for (const Split& split : simple_splits(301))
                for (const int threads : {1, 3}) whole.check(*backend, split, threads, rounded);
            problem.mask.window = 20;
            problem.segments = test::random_segments(1, 301, 28, 60);
            Oracle(problem).check(*backend, ring(zigzag(301, 2)), 1, rounded);
        }
    }
    const auto rising = test::random_problem({1, 1, 1, 16}, 400, false, 29, 8);  // makes the exponents move
    Oracle(rising).check(*backend, {one_block(400), interleaved(400)}, 1, {1, 1, 1e3, 0.1});
}

TEST_CASE("backends have names") {
    for (const auto* backend : test::backends()) CHECK(&attention::find_backend(backend->name) == backend);
    CHECK(&attention::find_backend("eigen") == &attention::eigen_backend());
    CHECK_THROWS_AS(attention::find_backend("abacus"), ConfigError);
}
