// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace gridring::attention {

/// What no kernel can exceed on this machine with so many threads: the best of several short repetitions, by wall time.
/// Clocks and neighbours differ from minute to minute, so compare only with what ran beside it.
struct MachineLimits {
    double fma_gflops = 0;       ///< independent fp32 fused multiply-adds, widest vectors, 2 flops a lane [GFLOP/s]
    double bf16_gflops = 0;      ///< VDPBF16PS, 2 flops a product [GFLOP/s]; 0 where the machine has none
    double memory_gb_per_s = 0;  ///< reading a buffer that no cache holds, bytes in 1e9 a second
};

/// Measures each limit for about `each`, three repetitions at least, with `threads` threads (1 at least, not pinned)
/// that start together. Instructions are chosen at run time, so a portable build finds the same limits; fp32 keeps to
/// those that GRIDRING_SIMD allows, as the kernels do. Takes 256 MiB of memory, or 32 MiB a thread where that is more.
MachineLimits measure_limits(int threads, std::chrono::milliseconds each);

/// One repetition of fma_gflops, 20 ms: to interleave with what it is the limit of. Lower than the limit when other
/// programs take part of the cores, which they then took from the neighbouring measurement too.
double fma_gflops_once(int threads);

/// Whether processor and operating system offer AVX512_BF16.
bool has_bf16_dot_products();

}  // namespace gridring::attention
