// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/math/matrix.hpp"
#include "math/product_kernels.hpp"

namespace gridring::math {
namespace {

/// Memory of the calling thread that it keeps from call to call: fresh pages cost more than a small product.
float* scratch(std::int64_t floats) {
    thread_local PackedMatrix::Memory memory;
    if (const auto size = static_cast<std::size_t>(floats); memory.size() < size) memory.resize(size);
    return memory.data();
}

void fill_zero(const MatrixView& out) {
    for (std::int64_t r = 0; r < out.rows; ++r) std::fill_n(out.row(r), out.cols, 0.0F);
}

thread_local double seconds_in_products = 0;

/// Adds the time of a call, some 40 ns on top of microseconds.
class Stopwatch {
public:
    Stopwatch() = default;
    ~Stopwatch() {
        seconds_in_products += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

double take_product_seconds() { return std::exchange(seconds_in_products, 0.0); }

float* PackedMatrix::room(std::int64_t rows, std::int64_t cols) {
    rows_ = rows, cols_ = cols;
    memory_.resize(static_cast<std::size_t>(rows * product_kernels().padded(cols)));
    return memory_.data();
}

void PackedMatrix::pack(ConstMatrixView b) {
    const Stopwatch stopwatch;
    product_kernels().pack(b, room(b.rows, b.cols));
}

void PackedMatrix::pack_transposed(ConstMatrixView b) {
    const Stopwatch stopwatch;
    product_kernels().pack_transposed(b, room(b.cols, b.rows));
}

void multiply(ConstMatrixView a, const PackedMatrix& b, MatrixView out, Update update) {
    const Stopwatch stopwatch;
    expects(a.cols == b.rows() && out.rows == a.rows && out.cols == b.cols(), "multiply: (m x k)(k x n) into m x n");
    if (a.cols == 0 && update == Update::replace) fill_zero(out);
    product_kernels().multiply(a, b.data(), out, update);
}

void multiply(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    const Stopwatch stopwatch;
    expects(a.cols == b.rows && out.rows == a.rows && out.cols == b.cols, "multiply: (m x k)(k x n) into m x n");
    if (a.cols == 0 && update == Update::replace) fill_zero(out);
    const auto& kernels = product_kernels();
    float* packed = scratch(b.rows * kernels.padded(b.cols));
    kernels.pack(b, packed);
    kernels.multiply(a, packed, out, update);
}

void multiply_nt(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    const Stopwatch stopwatch;
    expects(a.cols == b.cols && out.rows == a.rows && out.cols == b.rows, "multiply_nt: (m x k)(n x k)ᵀ into m x n");
    if (a.cols == 0 && update == Update::replace) fill_zero(out);
    const auto& kernels = product_kernels();
    float* packed = scratch(b.cols * kernels.padded(b.rows));
    kernels.pack_transposed(b, packed);
    kernels.multiply(a, packed, out, update);
}

void multiply_tn(ConstMatrixView a, ConstMatrixView b, MatrixView out, Update update) {
    const Stopwatch stopwatch;
    expects(a.rows == b.rows && out.rows == a.cols && out.cols == b.cols, "multiply_tn: (k x m)ᵀ(k x n) into m x n");
    if (update == Update::replace) fill_zero(out);
    const auto& kernels = product_kernels();
    float* memory = scratch(kernels.scratch_tn(a.cols));
    for (std::int64_t first = 0; first < a.rows; first += kernels.depth) {
        const std::int64_t count = std::min(kernels.depth, a.rows - first);
        kernels.multiply_tn(a.middle_rows(first, count), b.middle_rows(first, count), out, memory);
    }
}

}  // namespace gridring::math
