// SPDX-License-Identifier: MIT
#include <string>

#include "attention/eigen/kernels.hpp"
#include "attention/simd/bf16.hpp"
#include "attention/simd/kernels.hpp"
#include "attention/simd/micro_kernels.hpp"
#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/error.hpp"

namespace gridring::attention {

const Backend& eigen_backend() {
    static constexpr Backend backend{"eigen", "as compiled", eigen::accumulate, eigen::backward};
    return backend;
}

const Backend& simd_backend() {
    static const Backend backend{"simd", simd::micro_kernels().instructions, simd::accumulate, simd::backward};
    return backend;
}
const Backend* simd_bf16_backend() {
    static const Backend backend{"simd-bf16", "AVX-512 with VDPBF16PS", simd::accumulate_bf16, simd::backward};
    const simd::Bf16Kernels* bf16 = simd::bf16_kernels();
    const simd::MicroKernels& fp32 = simd::micro_kernels();  // what GRIDRING_SIMD leaves of the machine
    const bool do_fit = bf16 && has_bf16_dot_products() && bf16->lanes == fp32.lanes && bf16->rows == fp32.rows;
    return do_fit ? &backend : nullptr;
}

const Backend& find_backend(std::string_view name) {
    if (name == eigen_backend().name) return eigen_backend();
    if (name == simd_backend().name) return simd_backend();
    const Backend* bf16 = simd_bf16_backend();
    if (bf16 && name == bf16->name) return *bf16;
    throw ConfigError("expected an attention backend (simd" + std::string(bf16 ? ", simd-bf16" : "") +
                      " or eigen), found '" + std::string(name) + "'");
}

}  // namespace gridring::attention
