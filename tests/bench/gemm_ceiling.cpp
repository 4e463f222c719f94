// SPDX-License-Identifier: MIT
// Is the FMA loop, our measure of the peak, as fast as the best small matrix product? Question, command and last
// result: README.md.
#include <fmt/core.h>
#include <libxsmm.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/random.hpp"

using namespace gridring;

namespace {

constexpr int pairs = 25;

struct Product {
    int m, n, k;
};

std::vector<float> normal(int size, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(static_cast<std::size_t>(size));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

/// GFLOP/s over 20 ms of c = a b, one thread, wall time like the FMA loop's.
double gflops_once(libxsmm_smmfunction multiply, const Product& size, const float* a, const float* b, float* c) {
    using Clock = std::chrono::steady_clock;
    constexpr int batch = 100;
    std::int64_t done = 0;
    const auto start = Clock::now();
    auto end = start;
    for (; end - start < std::chrono::milliseconds(20); end = Clock::now(), done += batch)
        for (int i = 0; i < batch; ++i) multiply(a, b, c);
    const double flops = 2.0 * size.m * size.n * size.k * static_cast<double>(done);
    return 1e-9 * flops / std::chrono::duration<double>(end - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Row-major c = a b is column-major c^T = b^T a^T: operands and m, n change places.
int compare(const Product& size) {
    const float one = 1, zero = 0;
    const auto multiply =
        libxsmm_smmdispatch(size.n, size.m, size.k, nullptr, nullptr, nullptr, &one, &zero, nullptr, nullptr);
    if (!multiply) {
        fmt::print(stderr, "libxsmm generates no code for {} x {} x {} on this machine\n", size.m, size.n, size.k);
        return EXIT_FAILURE;
    }
    const auto a = normal(size.m * size.k, 1), b = normal(size.k * size.n, 2);
    std::vector<float> c(static_cast<std::size_t>(size.m * size.n));
    std::vector<double> gemm, fma, ratio;
    for (int pair = 0; pair < pairs; ++pair) {
        gemm.push_back(gflops_once(multiply, size, b.data(), a.data(), c.data()));
        fma.push_back(attention::fma_gflops_once(1));
        ratio.push_back(gemm.back() / fma.back());
    }
    const auto best = [](const auto& values) { return *std::max_element(values.begin(), values.end()); };
    fmt::print("NN {:>2} x {:>2} x {:>3} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.3f} {:>8.3f}\n", size.m, size.n,
               size.k, best(gemm), median(gemm), best(fma), median(fma), best(gemm) / best(fma), median(ratio));
    return EXIT_SUCCESS;
}

}  // namespace

int main() {
    fmt::print("one thread, {} pairs of 20 ms, GFLOP/s; m x n x k, row-major\n", pairs);
    fmt::print("{:16} {:>17} {:>17} {:>17}\n", "", "libxsmm", "FMA loop", "libxsmm / FMA");
    fmt::print("{:16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "", "best", "median", "best", "median", "best", "median");
    const int long_one = compare({64, 64, 512}), short_one = compare({64, 64, 64});
    return std::max(long_one, short_one);
}
