// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "gridring/attention/machine_limits.hpp"

using namespace gridring;
using namespace std::chrono_literals;

namespace {

void check_rate(double rate) {
    CHECK(std::isfinite(rate));
    CHECK(rate > 0);
}

}  // namespace

TEST_CASE("a machine's limits are positive and finite, on more threads too") {
    for (const int threads : {1, 3}) {
        INFO("threads ", threads);
        const auto limits = attention::measure_limits(threads, 1ms);
        check_rate(limits.fma_gflops), check_rate(limits.memory_gb_per_s);
        if (attention::has_bf16_dot_products())
            check_rate(limits.bf16_gflops);
        else
            CHECK(limits.bf16_gflops == 0);
        check_rate(attention::fma_gflops_once(threads));
    }
}
