// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/reference.hpp"
#include "gridring/core/error.hpp"
#include "support/attention_problem.hpp"
#include "support/compare.hpp"

using namespace gridring;
using attention::Heads;
using attention::Shape;
using attention::reference::Problem;

namespace {

using Positions = std::vector<std::int64_t>;

/// A block of rows of a problem, its heads padded to a wider row stride with NaN between, as a slice of a wider tensor
/// would be.
struct Block {
    Block(const Problem& problem, Positions rows, const std::vector<double>& k_values,
          const std::vector<double>& v_values, std::int64_t heads)
        : positions(std::move(rows)),
          k(strided(problem, k_values, heads)),
          v(strided(problem, v_values, heads)),
          validity(static_cast<std::size_t>(problem.shape.batch * attention::validity_stride(std::ssize(positions)))) {
        test::set_validity(problem.is_valid, problem.shape.batch, positions, validity);
    }
    struct Strided {
        std::vector<float> values;
        Heads view;
    };
    Strided strided(const Problem& problem, const std::vector<double>& dense, std::int64_t heads) const {
        const auto& [batch, H, G, D] = problem.shape;
        const auto rows = std::ssize(positions);
        const std::int64_t width = heads * D, stride = width + 5;
        const auto mine = test::rows_at(dense, batch, width, positions);
        Strided result{std::vector<float>(static_cast<std::size_t>(batch * rows * stride), std::nanf("")), {}};
        for (std::int64_t row = 0; row < batch * rows; ++row)
            std::copy_n(mine.data() + row * width, width, result.values.data() + row * stride);
        result.view = Heads(result.values.data(), batch, rows, heads, D);
        result.view.row_stride = stride, result.view.batch_stride = rows * stride;
        return result;
    }
    attention::KeyValueView view() const { return {k.view, v.view, positions, validity, {}}; }

    Positions positions;
    Strided k, v;
    std::vector<std::uint8_t> validity;
};

Block keys(const Problem& problem, Positions rows) {
    return {problem, std::move(rows), problem.k, problem.v, problem.shape.kv_heads};
}

struct Result {
    std::vector<float> out, lse, dq, dk, dv;  // dk, dv of all blocks, in the order of positions 0..T-1
};

/// The backend over `blocks` in that order, queries at all positions; forward and backward.
Result run(const Problem& problem, const std::vector<double>& out_gradient, const std::vector<Positions>& blocks) {
    const auto& backend = attention::simd_backend();
    const auto& [batch, heads, kv_heads, D] = problem.shape;
    Positions all(static_cast<std::size_t>(problem.steps));
    std::iota(all.begin(), all.end(), 0);
    const Block queries(problem, all, problem.q, out_gradient, heads);  // "k" is q, "v" is dout
    const attention::QueryView query{queries.k.view, all, {}};
    const attention::Scoring scoring{problem.mask, static_cast<float>(problem.scale)};
    const auto rows_in_all = static_cast<std::size_t>(batch * heads * problem.steps);
    math::ThreadTeam team;
    Result result{std::vector<float>(problem.q.size()), std::vector<float>(rows_in_all),
                  std::vector<float>(problem.q.size()), std::vector<float>(problem.k.size()),
                  std::vector<float>(problem.v.size())};
    const Heads out(result.out.data(), batch, problem.steps, heads, D),
        dq(result.dq.data(), batch, problem.steps, heads, D);
    std::vector<float> delta(rows_in_all);
    const attention::SoftmaxState state{out, result.lse, delta};
    attention::reset(state);
    for (const auto& rows : blocks) backend.accumulate(query, keys(problem, rows).view(), scoring, state, team);
    attention::finish(state, result.lse);

    attention::row_delta(out, queries.v.view, delta);
    for (const auto& rows : blocks) {
        std::vector<float> dk(static_cast<std::size_t>(batch * std::ssize(rows) * kv_heads * D)), dv(dk.size());
        const Block block = keys(problem, rows);
        backend.backward({query, queries.v.view, result.lse, delta, block.view(), dq,
                          Heads(dk.data(), batch, std::ssize(rows), kv_heads, D),
                          Heads(dv.data(), batch, std::ssize(rows), kv_heads, D)},
                         scoring, team);
        const std::int64_t width = kv_heads * D;
        for (std::int64_t b = 0; b < batch; ++b) {
            for (std::int64_t l = 0; l < std::ssize(rows); ++l) {
                const std::int64_t from = (b * std::ssize(rows) + l) * width,
                                   to = (b * problem.steps + rows[static_cast<std::size_t>(l)]) * width;
                std::copy_n(dk.data() + from, width, result.dk.data() + to);
                std::copy_n(dv.data() + from, width, result.dv.data() + to);
            }
        }
    }
    return result;
}

/// Every third, and so on: three interleaved blocks of different sizes.
std::vector<Positions> interleaved(std::int64_t steps) {
    std::vector<Positions> blocks(3);
    for (std::int64_t t = 0; t < steps; ++t) blocks[static_cast<std::size_t>(t % 7 == 0 ? 0 : t % 2 + 1)].push_back(t);
    return blocks;
}

std::vector<Positions> one_block(std::int64_t steps) {
    Positions all(static_cast<std::size_t>(steps));
    std::iota(all.begin(), all.end(), 0);
    return {all};
}

struct Gates {
    double out, lse, gradient, relative;
};
constexpr Gates plain{5e-6, 1e-5, 2e-5, 3e-6};

void check_against_oracle(const Problem& problem, const std::vector<Positions>& blocks, const Gates& gates) {
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 77);
    const auto output = attention::reference::forward(problem);
    const auto gradients = attention::reference::backward(problem, dout);
    const auto actual = run(problem, dout, blocks);
    CHECK(test::distance(actual.out, output.out).max_abs < gates.out);
    CHECK(test::distance(actual.out, output.out).relative_l2() < gates.relative);
    CHECK(test::distance(actual.lse, output.lse).max_abs < gates.lse);
    const std::pair<const std::vector<float>*, const std::vector<double>*> pairs[] = {
        {&actual.dq, &gradients.dq}, {&actual.dk, &gradients.dk}, {&actual.dv, &gradients.dv}};
    for (const auto& [mine, oracle] : pairs) {
        CHECK(test::distance(*mine, *oracle).max_abs < gates.gradient);
        CHECK(test::distance(*mine, *oracle).relative_l2() < gates.relative);
    }
}

}  // namespace

TEST_CASE("blocked attention equals the oracle on sizes nothing divides") {
    const std::pair<Shape, std::int64_t> sizes[] = {
        {{1, 1, 1, 5}, 13}, {{2, 4, 2, 20}, 97}, {{1, 3, 1, 17}, 597}, {{2, 2, 2, 64}, 131}};
    for (const auto& [shape, steps] : sizes) {
        for (const bool is_causal : {false, true}) {
            for (const double hole_share : {0.0, 0.3}) {
                INFO("T ", steps, " head_dim ", shape.head_dim, " causal ", is_causal, " holes ", hole_share);
                const auto problem = test::random_problem(shape, steps, is_causal, 1, 1, hole_share);
                check_against_oracle(problem, one_block(steps), plain);
                check_against_oracle(problem, interleaved(steps), plain);
            }
        }
    }
}

TEST_CASE("peaky logits keep their digits") {
    // Logits of N(0, 30²): fp32 rounds a score of 100 by 4e-6, which the exponential passes on. reference/attention.md:
    // 1e-5 relative.
    for (const bool is_causal : {false, true}) {
        const auto problem = test::random_problem({1, 2, 2, 16}, 150, is_causal, 2, 30);
        check_against_oracle(problem, interleaved(150), {1e-4, 1e-4, 2e-3, 1e-5});
    }
}

TEST_CASE("blocks whose log-sum-exps lie further apart than exp can bridge merge exactly, in any order") {
    // One query direction; the blocks score about -500, 0 and 500: e^500 is far beyond fp32.
    const std::int64_t T = 6;
    auto problem = test::random_problem({1, 1, 1, 4}, T, false, 3);
    for (std::size_t t = 0; t < T; ++t) {
        for (std::size_t d = 0; d < 4; ++d) problem.q[4 * t + d] = d == 0 ? 2 : 0, problem.k[4 * t + d] = 0;
        problem.k[4 * t] = 500.0 * (static_cast<double>(t / 2) - 1) + static_cast<double>(t % 2);
    }
    std::vector<Positions> blocks{{0, 1}, {2, 3}, {4, 5}};
    // Scores are in units of log2(e): 721 is rounded by 3e-5 and a weight by 2e-5 of itself; dq is a difference of keys
    // of size 500 that such weights multiply.
    do check_against_oracle(problem, blocks, {1e-5, 5e-5, 5e-3, 5e-3});
    while (std::ranges::next_permutation(blocks).found);
}

TEST_CASE("a lone key with a logit of -60,000 is the whole answer") {
    Problem problem{{1, 1, 1, 1}, 1, {true}, {-60000}, {1}, {3}, {}, {}};
    const auto result = run(problem, {1}, one_block(1));
    CHECK(result.out[0] == 3.0F);
    CHECK(result.lse[0] == -60000.0F);
    CHECK(result.dv[0] == 1.0F);
}

TEST_CASE("rows without a key give 0, minus infinity and no gradient; missing keys may hold garbage") {
    const std::int64_t T = 70;
    const Shape shape{2, 2, 1, 8};
    auto problem = test::random_problem(shape, T, true, 5);
    problem.is_valid.assign(static_cast<std::size_t>(2 * T), 1);
    for (std::int64_t t = 0; t < 9; ++t) problem.is_valid[static_cast<std::size_t>(t)] = 0;  // sequence 0 starts late
    for (std::int64_t t = 0; t < T; ++t) problem.is_valid[static_cast<std::size_t>(T + t)] = 0;  // sequence 1 is empty
    check_against_oracle(problem, interleaved(T), plain);

    auto garbage = problem;
    for (std::int64_t i = 0; i < 2 * T; ++i)
        for (std::int64_t d = 0; d < 8; ++d)
            if (problem.is_valid[static_cast<std::size_t>(i)] == 0)
                garbage.k[static_cast<std::size_t>(8 * i + d)] = garbage.v[static_cast<std::size_t>(8 * i + d)] =
                    std::nan("");
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 6);
    const auto clean = run(problem, dout, interleaved(T)), dirty = run(garbage, dout, interleaved(T));
    CHECK(clean.out == dirty.out);
    CHECK(clean.lse == dirty.lse);
    CHECK(clean.dq == dirty.dq);
    CHECK(clean.dk == dirty.dk);
    CHECK(clean.dv == dirty.dv);
    CHECK(std::ranges::all_of(dirty.lse.begin() + 2 * T, dirty.lse.end(),
                              [](float x) { return x == -std::numeric_limits<float>::infinity(); }));
    CHECK(std::ranges::all_of(dirty.out.begin() + T * 16, dirty.out.end(), [](float x) { return x == 0; }));
    CHECK(std::ranges::all_of(dirty.dk.begin() + T * 8, dirty.dk.end(), [](float x) { return x == 0; }));
}

TEST_CASE("empty blocks and queries change nothing") {
    const auto problem = test::random_problem({1, 2, 2, 8}, 5, false, 7);
    const auto with_empty = std::vector<Positions>{{}, {0, 1, 2}, {}, {3, 4}};
    check_against_oracle(problem, with_empty, plain);
    math::ThreadTeam team;
    const Heads none(nullptr, 1, 0, 2, 8);
    attention::simd_backend().accumulate({none, {}, {}}, keys(problem, {0, 1}).view(), {problem.mask, 0},
                                          {none, {}, {}}, team);
}

TEST_CASE("a causal pass does not read tiles of the future") {
    // Other keys and values from position 700 on change nothing before; 1,000 keys are two tiles.
    const std::int64_t T = 1000, first_bad = 700;
    auto problem = test::random_problem({1, 1, 1, 8}, T, true, 8);
    const auto dout = test::normal(static_cast<std::int64_t>(problem.q.size()), 9);
    const auto before = run(problem, dout, one_block(T));
    for (auto i = static_cast<std::size_t>(8 * first_bad); i < problem.k.size(); ++i) problem.k[i] = problem.v[i] = 1e3;
    const auto after = run(problem, dout, one_block(T));
    CHECK(std::equal(before.out.begin(), before.out.begin() + 8 * first_bad, after.out.begin()));
    CHECK(std::equal(before.lse.begin(), before.lse.begin() + first_bad, after.lse.begin()));
    CHECK_FALSE(std::equal(before.out.begin() + 8 * first_bad, before.out.end(), after.out.begin() + 8 * first_bad));
}

TEST_CASE("backends have names") {
    CHECK(&attention::find_backend("eigen") == &attention::eigen_backend());
    CHECK_THROWS_AS(attention::find_backend("abacus"), ConfigError);
}
