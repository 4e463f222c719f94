// SPDX-License-Identifier: MIT
#pragma once

// Eigen's face of the views in matrix.hpp. Heavy: include it from .cpp files and src/ headers only.

#include <Eigen/Core>

#include "gridring/math/matrix.hpp"

namespace gridring::math {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;
using ConstMatrixMap = Eigen::Map<const RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;
using RowMap = Eigen::Map<Eigen::ArrayXf>;
using ConstRowMap = Eigen::Map<const Eigen::ArrayXf>;

inline MatrixMap as_eigen(const MatrixView& view) {
    return {view.data, view.rows, view.cols, Eigen::OuterStride<>(view.stride)};
}
inline ConstMatrixMap as_eigen(const ConstMatrixView& view) {
    return {view.data, view.rows, view.cols, Eigen::OuterStride<>(view.stride)};
}

}  // namespace gridring::math
