// SPDX-License-Identifier: MIT
#include "ring/wire.hpp"

#include <algorithm>
#include <string>

#include "gridring/core/error.hpp"

namespace gridring::ring {
namespace {

/// One of the two tensors: count rows of `width` values a sequence.
void pack_tensor(const attention::ConstHeads& from, RowRange rows, Wire wire, std::byte* to) {
    const std::int64_t count = rows.count * from.row_stride;
    for (std::int64_t b = 0; b < from.batch; ++b) {
        const float* values = from.data + b * from.batch_stride + rows.first * from.row_stride;
        if (wire == Wire::bf16)
            std::transform(values, values + count, reinterpret_cast<std::uint16_t*>(to) + b * count, to_bf16);
        else
            std::copy_n(values, count, reinterpret_cast<float*>(to) + b * count);
    }
}

void pack_validity(attention::KeyValidity from, std::int64_t from_rows, RowRange rows, std::int64_t batch,
                   std::span<std::uint8_t> to) {
    std::ranges::fill(to, std::uint8_t{0xFF});
    for (std::int64_t b = 0; b < batch; ++b) {
        const auto* bits = from.data() + b * attention::validity_stride(from_rows);
        auto* packed = to.data() + b * attention::validity_stride(rows.count);
        for (std::int64_t i = 0; i < rows.count; ++i) {
            const std::int64_t row = rows.first + i;
            if ((bits[row / 8] >> (row % 8) & 1) == 0)
                packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] & ~(1U << (i % 8)));
        }
    }
}

}  // namespace

Wire parse_wire(std::string_view name) {
    for (const auto wire : {Wire::fp32, Wire::bf16})
        if (name == to_string(wire)) return wire;
    throw ConfigError("expected a wire format (fp32 or bf16), found '" + std::string(name) + "'");
}

std::string_view to_string(Wire wire) { return wire == Wire::fp32 ? "fp32" : "bf16"; }

void pack(const BlockLayout& home, std::span<const std::byte> block, RowRange rows, const BlockLayout& to,
          std::span<std::byte> memory) {
    pack_tensor(home.k(block), rows, to.wire, memory.data());
    pack_tensor(home.v(block), rows, to.wire, memory.data() + to.tensor_bytes());
    if (home.is_packed)
        for (std::int64_t b = 0; b < home.shape.batch; ++b)
            std::copy_n(home.segments(block).data() + b * home.rows + rows.first, rows.count,
                        to.segments(memory).data() + b * rows.count);
    pack_validity(home.validity(block), home.rows, rows, home.shape.batch, to.validity(memory));
}

void unpack(const BlockLayout& from, std::span<const std::byte> travelled, const BlockLayout& to,
            std::span<std::byte> memory) {
    // K and V lie side by side in both.
    const auto* values = reinterpret_cast<const std::uint16_t*>(travelled.data());
    std::transform(values, values + 2 * from.values(), reinterpret_cast<float*>(memory.data()), from_bf16);
    std::ranges::copy(from.segments(travelled), to.segments(memory).begin());
    std::ranges::copy(from.validity(travelled), to.validity(memory).begin());
}

}  // namespace gridring::ring
