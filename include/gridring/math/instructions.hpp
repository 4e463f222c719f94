// SPDX-License-Identifier: MIT
#pragma once

namespace gridring::math {

/// Holds all kernels that are chosen at run time to what the environment variable GRIDRING_SIMD names: "avx2",
/// "baseline" (what the program was compiled for), or nothing for the widest that the machine has. ConfigError for
/// anything else. To be called before a kernel is chosen; the first call decides.
void heed_instruction_limit();

}  // namespace gridring::math
