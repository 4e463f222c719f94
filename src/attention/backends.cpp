// SPDX-License-Identifier: MIT
#include <string>

#include "attention/eigen/kernels.hpp"
#include "gridring/attention/block_kernel.hpp"
#include "gridring/core/error.hpp"

namespace gridring::attention {

const Backend& eigen_backend() {
    static constexpr Backend backend{"eigen", "as compiled", eigen::accumulate, eigen::backward};
    return backend;
}

const Backend& simd_backend() { return eigen_backend(); }
const Backend* simd_bf16_backend() { return nullptr; }

const Backend& find_backend(std::string_view name) {
    if (name == eigen_backend().name) return eigen_backend();
    throw ConfigError("expected an attention backend (eigen), found '" + std::string(name) + "'");
}

}  // namespace gridring::attention
