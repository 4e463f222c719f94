// SPDX-License-Identifier: MIT
#include "gridring/comm/block_buffer.hpp"

#include <cstring>
#include <new>

namespace gridring::comm {
namespace {

constexpr std::align_val_t alignment{64};

}  // namespace

BlockBuffer::BlockBuffer(std::size_t bytes)
    : data_(static_cast<std::byte*>(::operator new(bytes, alignment))), size_(bytes) {
    std::memset(data_.get(), 0, bytes);
}

void BlockBuffer::Free::operator()(std::byte* memory) const noexcept { ::operator delete(memory, alignment); }

}  // namespace gridring::comm
