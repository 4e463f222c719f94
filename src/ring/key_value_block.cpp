// SPDX-License-Identifier: MIT
#include <algorithm>

#include "gridring/ring/ring_attention.hpp"
#include "ring/block_layout.hpp"

namespace gridring::ring {

KeyValueBlock::KeyValueBlock(const attention::Shape& shape, std::int64_t rows)
    : shape_(shape), rows_(rows), buffer_(BlockLayout{shape, rows}.bytes()) {
    std::ranges::fill(validity(), std::uint8_t{0xFF});
}

attention::Heads KeyValueBlock::k() { return BlockLayout{shape_, rows_}.k(buffer_.bytes()); }
attention::Heads KeyValueBlock::v() { return BlockLayout{shape_, rows_}.v(buffer_.bytes()); }

std::span<std::uint8_t> KeyValueBlock::validity() {
    const BlockLayout layout{shape_, rows_};
    return {buffer_.at<std::uint8_t>(layout.gradient_bytes()), layout.validity_bytes()};
}

}  // namespace gridring::ring
