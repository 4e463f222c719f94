// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/math/matrix.hpp"

namespace gridring::math {

/// A dense row-major matrix with memory of its own, zero at first.
struct OwnedMatrix {
    OwnedMatrix(std::int64_t row_count, std::int64_t col_count)
        : rows(row_count), cols(col_count), values(static_cast<std::size_t>(rows * cols)) {}
    MatrixView view() { return matrix(values.data(), rows, cols); }
    ConstMatrixView view() const { return matrix(values.data(), rows, cols); }

    std::int64_t rows, cols;
    std::vector<float> values;
};

}  // namespace gridring::math
