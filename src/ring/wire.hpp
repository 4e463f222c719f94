// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ring/block_layout.hpp"
#include "ring/schedule.hpp"

namespace gridring::ring {

/// Rounded to the nearest, ties to even; a NaN stays one.
inline std::uint16_t to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    const std::uint32_t rounded = is_nan ? bits | 0x400000U : bits + 0x7FFFU + (bits >> 16 & 1U);
    return static_cast<std::uint16_t>(rounded >> 16);
}
inline float from_bf16(std::uint16_t value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

/// Writes `rows` of a block at home as they travel; `to` has rows.count rows.
void pack(const BlockLayout& home, std::span<const std::byte> block, RowRange rows, const BlockLayout& to,
          std::span<std::byte> memory);
/// Turns a block that travelled as bf16 into one that a kernel can read: `to` is fp32 with as many rows.
void unpack(const BlockLayout& from, std::span<const std::byte> travelled, const BlockLayout& to,
            std::span<std::byte> memory);

}  // namespace gridring::ring
