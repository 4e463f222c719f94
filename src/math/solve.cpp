// SPDX-License-Identifier: MIT
#include <Eigen/Cholesky>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/math/eigen.hpp"

namespace gridring::math {

void solve_regularised(ConstMatrixView gram, double penalty, ConstMatrixView right, MatrixView out) {
    expects(gram.rows == gram.cols && right.rows == gram.rows && out.rows == gram.rows && out.cols == right.cols,
            "solve_regularised: (m x m) and m x n into m x n");
    Eigen::MatrixXd regularised = as_eigen(gram).cast<double>();
    regularised.diagonal().array() += penalty;
    const Eigen::LLT<Eigen::MatrixXd> factor(std::move(regularised));
    if (factor.info() != Eigen::Success) {
        as_eigen(out).setConstant(std::numeric_limits<float>::quiet_NaN());
        return;
    }
    const Eigen::MatrixXd solution = factor.solve(as_eigen(right).cast<double>());
    as_eigen(out) = solution.cast<float>();
}

}  // namespace gridring::math
