// SPDX-License-Identifier: MIT
#pragma once

// The seam between products of matrices and what is compiled once for every instruction set.

#include <cstdint>

#include "gridring/math/matrix.hpp"

namespace gridring::math {

/// A right factor is packed block by block of at most `depth` of its rows, each block cut into panels of up to three
/// vectors of columns: the innermost loop then reads memory in order, and a panel stays in the first-level cache while
/// the rows of the left factor pass by. Columns up to whole vectors are zeros.
struct ProductKernels {
    std::int64_t lanes, depth;

    /// to has room for b.rows x b.cols rounded up to whole vectors.
    void (*pack)(const ConstMatrixView& b, float* to);
    /// The same of bᵀ: b is n x k.
    void (*pack_transposed)(const ConstMatrixView& b, float* to);
    /// out = or += a b, b packed.
    void (*multiply)(const ConstMatrixView& a, const float* packed, const MatrixView& out, Update update);
    /// out += aᵀ b for at most `depth` rows of both; scratch has room for scratch_tn(a.cols) floats.
    void (*multiply_tn)(const ConstMatrixView& a, const ConstMatrixView& b, const MatrixView& out, float* scratch);
    std::int64_t (*scratch_tn)(std::int64_t cols);

    std::int64_t padded(std::int64_t cols) const { return (cols + lanes - 1) / lanes * lanes; }
};

/// Of the widest instruction set that this machine has and GRIDRING_SIMD allows.
const ProductKernels& product_kernels();

}  // namespace gridring::math
