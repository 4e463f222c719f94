// SPDX-License-Identifier: MIT
// How fast are the products of a training step, beside Eigen and the BLAS libraries named on the command line?
// Question, command and last result: README.md.
#include <dlfcn.h>
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/random.hpp"
#include "gridring/math/eigen.hpp"

using namespace gridring;

namespace {

constexpr int pairs = 7;

struct Shape {
    const char* kind;
    int m, n, k;
};
// Chunks of 128 rows at widths of 128 and 256, gated feed-forward; then gradients of weights.
const Shape shapes[] = {{"nn", 128, 128, 128},  {"nn", 128, 704, 128},  {"nn", 128, 128, 352},  {"nn", 128, 256, 256},
                        {"nn", 128, 1376, 256}, {"nn", 128, 256, 688},  {"nn", 2048, 256, 256}, {"nt", 128, 128, 704},
                        {"nt", 128, 352, 128},  {"nt", 128, 256, 1376}, {"nt", 128, 688, 256},  {"tn", 128, 128, 128},
                        {"tn", 128, 704, 128},  {"tn", 352, 128, 128},  {"tn", 256, 1376, 128}, {"tn", 256, 256, 2048}};

struct Operands {
    std::vector<float> a, b, c;
    math::ConstMatrixView left, right;
    math::MatrixView out;

    explicit Operands(const Shape& shape)
        : a(normal(shape.m * shape.k, 1)), b(normal(shape.k * shape.n, 2)), c(normal(shape.m * shape.n, 3)) {
        const std::string kind = shape.kind;
        left = kind == "tn" ? math::matrix(a.data(), shape.k, shape.m) : math::matrix(a.data(), shape.m, shape.k);
        right = kind == "nt" ? math::matrix(b.data(), shape.n, shape.k) : math::matrix(b.data(), shape.k, shape.n);
        out = math::matrix(c.data(), shape.m, shape.n);
    }
    static std::vector<float> normal(int size, std::uint64_t seed) {
        Random random(seed);
        std::vector<float> values(static_cast<std::size_t>(size));
        for (float& value : values) value = static_cast<float>(1e-3 * random.normal());
        return values;
    }
};

/// A product of `kind` in the conventions of one library.
struct Library {
    std::string name;
    std::function<void(const Shape&, Operands&)> multiply;
};

void by_gridring(const Shape& shape, Operands& o) {
    const std::string kind = shape.kind;
    if (kind == "nn") math::multiply(o.left, o.right, o.out);
    if (kind == "nt") math::multiply_nt(o.left, o.right, o.out);
    if (kind == "tn") math::multiply_tn(o.left, o.right, o.out, math::Update::add);
}

void by_eigen(const Shape& shape, Operands& o) {
    const std::string kind = shape.kind;
    const auto a = math::as_eigen(o.left), b = math::as_eigen(o.right);
    auto out = math::as_eigen(o.out);
    if (kind == "nn") out.noalias() = a * b;
    if (kind == "nt") out.noalias() = a * b.transpose();
    if (kind == "tn") out.noalias() += a.transpose() * b;
}

using Cblas = void (*)(int order, int ta, int tb, int m, int n, int k, float alpha, const float* a, int lda,
                       const float* b, int ldb, float beta, float* c, int ldc);
using Dnnl = int (*)(char ta, char tb, long m, long n, long k, float alpha, const float* a, long lda, const float* b,
                     long ldb, float beta, float* c, long ldc);

Library load(const std::string& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fmt::print(stderr, "{}\n", dlerror());
        std::exit(EXIT_FAILURE);
    }
    const std::string name = path.substr(path.rfind('/') + 1);
    if (void* symbol = dlsym(handle, "dnnl_sgemm"))
        return {name, [multiply = reinterpret_cast<Dnnl>(symbol)](const Shape& s, Operands& o) {
                    const bool is_tn = s.kind[0] == 't', is_nt = s.kind[1] == 't';
                    multiply(is_tn ? 'T' : 'N', is_nt ? 'T' : 'N', s.m, s.n, s.k, 1, o.a.data(), o.left.stride,
                             o.b.data(), o.right.stride, is_tn ? 1 : 0, o.c.data(), o.out.stride);
                }};
    if (void* symbol = dlsym(handle, "cblas_sgemm"))
        return {name, [multiply = reinterpret_cast<Cblas>(symbol)](const Shape& s, Operands& o) {
                    constexpr int row_major = 101, plain = 111, transposed = 112;
                    const bool is_tn = s.kind[0] == 't', is_nt = s.kind[1] == 't';
                    multiply(row_major, is_tn ? transposed : plain, is_nt ? transposed : plain, s.m, s.n, s.k, 1,
                             o.a.data(), static_cast<int>(o.left.stride), o.b.data(), static_cast<int>(o.right.stride),
                             is_tn ? 1 : 0, o.c.data(), static_cast<int>(o.out.stride));
                }};
    fmt::print(stderr, "{}: expected dnnl_sgemm or cblas_sgemm in it, found neither\n", path);
    std::exit(EXIT_FAILURE);
}

/// Of this thread: what neighbours take does not count, what they do to caches and clocks does.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// GFLOP/s over 10 ms.
double gflops_once(const std::function<void()>& multiply, double flops) {
    const double start = cpu_seconds();
    double end = start, done = 0;
    for (; end - start < 0.01; end = cpu_seconds(), done += flops) multiply();
    return 1e-9 * done / (end - start);
}

/// The peak, which is measured by the clock on the wall, a second of CPU time.
double peak_once() {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const double cpu_start = cpu_seconds(), rate = attention::fma_gflops_once(1);
    return rate * std::chrono::duration<double>(Clock::now() - start).count() / (cpu_seconds() - cpu_start);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double percent_of_peak(const Library& library, const Shape& shape) {
    Operands operands(shape);
    const double flops = 2.0 * shape.m * shape.n * shape.k;
    std::vector<double> ratios;
    for (int i = 0; i <= pairs; ++i) {
        const double peak = peak_once();
        const double own = gflops_once([&] { library.multiply(shape, operands); }, flops);
        if (i > 0) ratios.push_back(100 * own / peak);
    }
    return median(ratios);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<Library> libraries{{"gridring", by_gridring}, {"Eigen", by_eigen}};
    for (int i = 1; i < argc; ++i) libraries.push_back(load(argv[i]));
    fmt::print("% of the FMA peak ({:.0f} GFLOP/s)\n{:<20}", peak_once(), "m x n x k");
    for (const auto& library : libraries) fmt::print(" {:>16}", library.name);
    fmt::print("\n");
    for (const auto& shape : shapes) {
        fmt::print("{:<20}", fmt::format("{} {} x {} x {}", shape.kind, shape.m, shape.n, shape.k));
        for (const auto& library : libraries) fmt::print(" {:>16.0f}", percent_of_peak(library, shape));
        fmt::print("\n");
    }
}
