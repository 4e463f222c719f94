// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "gridring/core/large_pages.hpp"

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
/// out (m x n) = or += aᵀ b, with a k x m and b k x n. Sums over the long axis k in fp32 blocks of at most 128 rows
/// added up in order, so that a gradient over a long segment keeps its digits.
void multiply_tn(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update = Update::replace);

/// The right factor of several products, laid out once for the kernel: weights that many chunks of rows are multiplied
/// with. Of the time of its making; later changes of the matrix do not reach it.
class PackedMatrix {
public:
    using Memory = TensorMemory;
    void pack(ConstMatrixView b);             ///< b, k x n
    void pack_transposed(ConstMatrixView b);  ///< bᵀ, of b n x k
    std::int64_t rows() const { return rows_; }
    std::int64_t cols() const { return cols_; }
    const float* data() const { return memory_.data(); }  ///< in the order of the kernel of this machine

private:
    float* room(std::int64_t rows, std::int64_t cols);
    std::int64_t rows_ = 0, cols_ = 0;
    Memory memory_;
};

/// As multiply(a, b, …) of the matrix that was packed, bit for bit.
void multiply(ConstMatrixView a, const PackedMatrix& b, MatrixView out, Update update = Update::replace);

/// Seconds that the calling thread spent in products since it last asked: for benchmarks.
double take_product_seconds();

/// out (m x n) with (gram + penalty · I) out = right, by Cholesky in fp64; gram (m x m) is symmetric and, with the
/// penalty, positive definite: NaN where it is not.
void solve_regularised(ConstMatrixView gram, double penalty, ConstMatrixView right, MatrixView out);

}  // namespace gridring::math
