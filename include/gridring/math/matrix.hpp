// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace gridring::math {

/// A row-major fp32 matrix that somebody else owns. `stride` is the distance between rows in floats, >= cols.
struct ConstMatrixView {
    const float* data = nullptr;
    std::int64_t rows = 0, cols = 0, stride = 0;

    const float* row(std::int64_t index) const { return data + index * stride; }
    ConstMatrixView middle_rows(std::int64_t first, std::int64_t count) const {
        return {data + first * stride, count, cols, stride};
    }
};

struct MatrixView {
    float* data = nullptr;
    std::int64_t rows = 0, cols = 0, stride = 0;

    float* row(std::int64_t index) const { return data + index * stride; }
    MatrixView middle_rows(std::int64_t first, std::int64_t count) const {
        return {data + first * stride, count, cols, stride};
    }
    operator ConstMatrixView() const {
        return {data, rows, cols, stride};
    }  // NOLINT: a view loses only the right to write
};

inline ConstMatrixView matrix(const float* data, std::int64_t rows, std::int64_t cols) {
    return {data, rows, cols, cols};
}
inline MatrixView matrix(float* data, std::int64_t rows, std::int64_t cols) { return {data, rows, cols, cols}; }

/// Whether a product replaces what `out` holds or is added to it.
enum class Update { replace, add };

/// out (m x n) = or += a (m x k) b (k x n). Shapes must agree; out must not overlap a or b. Single-threaded.
void multiply(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update = Update::replace);
/// out (m x n) = or += a (m x k) bᵀ, with b n x k.
void multiply_nt(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update = Update::replace);
/// out (m x n) = or += aᵀ b, with a k x m and b k x n. Sums over the long axis k in fp32 blocks of at most 1,024 rows
/// added up in order, so that a gradient over a long segment keeps its digits.
void multiply_tn(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update = Update::replace);

/// out (m x n) with (gram + penalty · I) out = right, by Cholesky in fp64; gram (m x m) is symmetric and, with the
/// penalty, positive definite: NaN where it is not.
void solve_regularised(ConstMatrixView gram, double penalty, ConstMatrixView right, MatrixView out);

}  // namespace gridring::math
