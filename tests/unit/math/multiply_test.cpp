// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "gridring/math/matrix.hpp"

using namespace gridring;
using math::Update;

namespace {

/// A matrix inside a wider one whose other columns hold NaN: whoever ignores the stride is found out.
struct Padded {
    Padded(std::int64_t rows, std::int64_t cols, std::uint64_t seed)
        : stride(cols + 3), values(static_cast<std::size_t>(rows * stride), std::numeric_limits<float>::quiet_NaN()) {
        view = {values.data(), rows, cols, stride};
        Random random(seed);
        for (std::int64_t i = 0; i < rows; ++i)
            for (std::int64_t j = 0; j < cols; ++j) view.row(i)[j] = static_cast<float>(random.normal());
    }
    std::int64_t stride;
    std::vector<float> values;
    math::MatrixView view;
};

using Product = void (*)(math::ConstMatrixView, math::ConstMatrixView, math::MatrixView, Update);
struct Kind {
    std::string name;
    Product product;
    bool is_a_transposed, is_b_transposed;
};
const Kind kinds[] = {{"nn", math::multiply, false, false},
                      {"nt", math::multiply_nt, false, true},
                      {"tn", math::multiply_tn, true, false}};

double element(const Padded& matrix, bool is_transposed, std::int64_t i, std::int64_t j) {
    return is_transposed ? matrix.view.row(j)[i] : matrix.view.row(i)[j];
}

/// Largest error of `kind` against plain loops in double, in units of one rounding for each of k terms.
double worst_error(const Kind& kind, std::int64_t m, std::int64_t n, std::int64_t k, Update update) {
    const Padded a(kind.is_a_transposed ? k : m, kind.is_a_transposed ? m : k, 1);
    const Padded b(kind.is_b_transposed ? n : k, kind.is_b_transposed ? k : n, 2);
    Padded out(m, n, 3);
    const Padded before = out;
    kind.product(a.view, b.view, {out.values.data(), m, n, out.stride}, update);

    double worst = 0;
    for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            double expected = update == Update::add ? before.values[static_cast<std::size_t>(i * out.stride + j)] : 0.0;
            for (std::int64_t l = 0; l < k; ++l)
                expected += element(a, kind.is_a_transposed, i, l) * element(b, kind.is_b_transposed, l, j);
            const double error =
                std::abs(static_cast<double>(out.values[static_cast<std::size_t>(i * out.stride + j)]) - expected);
            worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
        }
    }
    return worst / (static_cast<double>(std::numeric_limits<float>::epsilon()) * static_cast<double>(k + 1));
}

}  // namespace

TEST_CASE("products equal plain loops in double, on strided views and sizes nothing divides") {
    const std::int64_t sizes[][3] = {{1, 1, 1},     {3, 5, 7},    {17, 1, 33},   {1, 19, 40},
                                     {65, 129, 31}, {2, 3, 2500}, {300, 64, 64}, {4, 4, 0}};
    for (const auto& kind : kinds) {
        for (const auto& [m, n, k] : sizes) {
            for (const auto update : {Update::replace, Update::add}) {
                INFO(kind.name, " m ", m, " n ", n, " k ", k, " add ", update == Update::add);
                CHECK(worst_error(kind, m, n, k, update) < 4.0);
            }
        }
    }
}

TEST_CASE("a packed factor gives the same bits, however often it is used and packed again") {
    math::PackedMatrix packed;
    for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{37, 70, 300}, {1, 5, 3}, {16, 96, 128}, {9, 16, 0}}) {
        const Padded a(m, k, 1), b(k, n, 2), transposed(n, k, 3);
        const auto once = [&](const auto& product, Update update) {
            Padded out(m, n, 4);
            product(math::MatrixView{out.values.data(), m, n, out.stride}, update);
            std::erase_if(out.values, [](float value) { return std::isnan(value); });  // between the rows
            return out.values;
        };
        for (const auto update : {Update::replace, Update::add}) {
            INFO("m ", m, " n ", n, " k ", k, " add ", update == Update::add);
            const auto by_packed = [&](math::MatrixView out, Update how) { math::multiply(a.view, packed, out, how); };
            packed.pack(b.view);
            const auto expected = once([&](auto out, Update how) { math::multiply(a.view, b.view, out, how); }, update);
            CHECK(expected.size() == static_cast<std::size_t>(m * n));
            CHECK(once(by_packed, update) == expected);
            CHECK(once(by_packed, update) == expected);
            packed.pack_transposed(transposed.view);
            CHECK(once(by_packed, update) ==
                  once([&](auto out, Update how) { math::multiply_nt(a.view, transposed.view, out, how); }, update));
        }
    }
    const Padded wrong(3, 5, 1);
    Padded out(3, 4, 2);
    CHECK_THROWS_AS(math::multiply(wrong.view, packed, out.view), BugError);
}

TEST_CASE("nothing is written between the rows of the result") {
    const Padded a(6, 4, 1), b(4, 5, 2);
    Padded out(6, 5, 3);
    math::multiply(a.view, b.view, out.view);
    for (std::int64_t i = 0; i < 6; ++i)
        for (std::int64_t j = 5; j < out.stride; ++j)
            CHECK(std::isnan(out.values[static_cast<std::size_t>(i * out.stride + j)]));
}

TEST_CASE("a sum over a long axis keeps its digits") {
    // 2^18 times 0.1: one fp32 running sum is wrong in the third digit.
    const std::int64_t rows = 1 << 18;
    const std::vector<float> tenths(static_cast<std::size_t>(rows), 0.1F), ones(static_cast<std::size_t>(rows), 1.0F);
    float sum = 0;
    math::multiply_tn(math::matrix(tenths.data(), rows, 1), math::matrix(ones.data(), rows, 1),
                      math::matrix(&sum, 1, 1));
    CHECK(std::abs(sum / (static_cast<double>(rows) * static_cast<double>(0.1F)) - 1.0) < 1e-4);
}

TEST_CASE("shapes that do not fit are refused") {
    const Padded a(3, 4, 1), b(5, 2, 2);
    Padded out(3, 2, 3);
    for (const auto& kind : kinds) CHECK_THROWS_AS(kind.product(a.view, b.view, out.view, Update::replace), BugError);
}

TEST_CASE("results do not depend on where the operands lie in memory") {
    for (const auto& kind : kinds) {
        for (const std::int64_t size : {1, 3, 40, 67}) {
            const auto product_at = [&](std::int64_t offset) {
                Random random(9);
                std::vector<float> memory(static_cast<std::size_t>(3 * size * size + 16));
                for (float& value : memory) value = 0;
                float* a = memory.data() + offset;
                for (std::int64_t i = 0; i < 2 * size * size; ++i) a[i] = static_cast<float>(random.normal());
                float* out = a + 2 * size * size;
                kind.product(math::matrix(a, size, size), math::matrix(a + size * size, size, size),
                             math::matrix(out, size, size), Update::add);
                return std::vector<float>(out, out + size * size);
            };
            const auto first = product_at(0);
            for (std::int64_t offset = 1; offset < 16; ++offset) CHECK(product_at(offset) == first);
        }
    }
}

TEST_CASE("a regularised system is solved, and one that is not positive definite gives no numbers") {
    Padded factor(30, 12, 1), gram(12, 12, 2), right(12, 5, 3), solution(12, 5, 4), back(12, 5, 5);
    math::multiply_tn(factor.view, factor.view, gram.view);
    math::solve_regularised(gram.view, .5, right.view, solution.view);
    for (std::int64_t i = 0; i < 12; ++i) gram.view.row(i)[i] += .5f;
    math::multiply(gram.view, solution.view, back.view);
    for (std::int64_t i = 0; i < 12; ++i)
        for (std::int64_t j = 0; j < 5; ++j)
            CHECK(back.view.row(i)[j] == doctest::Approx(right.view.row(i)[j]).epsilon(1e-4));
    math::solve_regularised(gram.view, -1e6, right.view, solution.view);
    CHECK(std::isnan(solution.view.row(0)[0]));
    CHECK_THROWS_AS(math::solve_regularised(gram.view, 1, factor.view, solution.view), BugError);
}
