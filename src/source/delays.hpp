// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "gridring/core/random.hpp"
#include "gridring/source/emulator.hpp"

namespace gridring::source {

/// How long the reply to request `number` is held back: latency and jitter, by (seed, number) alone.
inline std::chrono::milliseconds delay_of(const EmulatorOptions& options, std::int64_t number) {
    Random random(mix_seed(options.seed, 0xDE1A, static_cast<std::uint64_t>(number)));
    const auto jitter = options.jitter.count();
    const auto off = jitter > 0 ? random.below(2 * jitter + 1) - jitter : 0;
    return std::max(std::chrono::milliseconds{0}, options.latency + std::chrono::milliseconds{off});
}

}  // namespace gridring::source
