// SPDX-License-Identifier: MIT
#include "gridring/math/instructions.hpp"

#include <hwy/highway.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gridring/core/error.hpp"

namespace gridring::math {

// Targets of Highway are bits, better ones lower. What the program was compiled for stays.
void heed_instruction_limit() {
    static const bool is_heeded = [] {
        const char* text = std::getenv("GRIDRING_SIMD");
        const std::string_view wish = text ? text : "";
        if (wish == "avx2")
            hwy::DisableTargets(HWY_AVX2 - 1);
        else if (wish == "baseline")
            hwy::DisableTargets(~std::int64_t{0});
        else if (!wish.empty())
            throw ConfigError("GRIDRING_SIMD: expected avx2, baseline or nothing, found '" + std::string(wish) + "'");
        return true;
    }();
    static_cast<void>(is_heeded);
}

}  // namespace gridring::math
