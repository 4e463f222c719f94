// SPDX-License-Identifier: MIT
#include <algorithm>

#include "gridring/ring/ring_attention.hpp"
#include "ring/block_layout.hpp"

namespace gridring::ring {

KeyValueBlock::KeyValueBlock(const attention::Shape& shape, std::int64_t rows, bool is_packed)
    : shape_(shape), rows_(rows), is_packed_(is_packed), buffer_(BlockLayout{shape, rows, is_packed}.bytes()) {
    std::ranges::fill(validity(), std::uint8_t{0xFF});
}

KeyValueBlock::KeyValueBlock(const comm::NodeGroup& node, const attention::Shape& shape, std::int64_t rows,
                             bool is_packed)
    : shape_(shape), rows_(rows), is_packed_(is_packed), buffer_(node, BlockLayout{shape, rows, is_packed}.bytes()) {
    std::ranges::fill(validity(), std::uint8_t{0xFF});
}

attention::Heads KeyValueBlock::k() { return BlockLayout{shape_, rows_, is_packed_}.k(bytes()); }
attention::Heads KeyValueBlock::v() { return BlockLayout{shape_, rows_, is_packed_}.v(bytes()); }
std::span<std::uint8_t> KeyValueBlock::validity() { return BlockLayout{shape_, rows_, is_packed_}.validity(bytes()); }
std::span<std::int32_t> KeyValueBlock::segments() { return BlockLayout{shape_, rows_, is_packed_}.segments(bytes()); }

}  // namespace gridring::ring
