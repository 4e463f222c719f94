// SPDX-License-Identifier: MIT
#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/math/eigen.hpp"
#include "gridring/math/matrix.hpp"

namespace gridring::math {
namespace {

constexpr std::int64_t rows_per_sum = 1024;

template <class Product>
void store(const Product& product, const MatrixView& out, Update update) {
    if (update == Update::replace) {
        as_eigen(out).noalias() = product;
    } else {
        as_eigen(out).noalias() += product;
    }
}

}  // namespace

void multiply(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    expects(a.cols == b.rows && out.rows == a.rows && out.cols == b.cols, "multiply: (m x k)(k x n) into m x n");
    store(as_eigen(a) * as_eigen(b), out, update);
}

void multiply_nt(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    expects(a.cols == b.cols && out.rows == a.rows && out.cols == b.rows, "multiply_nt: (m x k)(n x k)ᵀ into m x n");
    store(as_eigen(a) * as_eigen(b).transpose(), out, update);
}

void multiply_tn(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    expects(a.rows == b.rows && out.rows == a.cols && out.cols == b.cols, "multiply_tn: (k x m)ᵀ(k x n) into m x n");
    if (update == Update::replace) as_eigen(out).setZero();
    for (std::int64_t first = 0; first < a.rows; first += rows_per_sum) {
        const auto count = std::min(rows_per_sum, a.rows - first);
        const auto left = a.middle_rows(first, count), right = b.middle_rows(first, count);
        store(as_eigen(left).transpose() * as_eigen(right), out, Update::add);
    }
}

}  // namespace gridring::math
