// SPDX-License-Identifier: MIT
#include "store/memory_image.hpp"

#include <algorithm>
#include <cstring>

namespace gridring::store {

bool MemoryImage::read(haddr_t at, std::size_t size, void* bytes) {
    auto* to = static_cast<unsigned char*>(bytes);
    while (size > 0) {
        const std::size_t block = at / block_bytes, begin = at % block_bytes;
        const std::size_t part = std::min(size, block_bytes - begin);
        if (block < blocks_.size())
            std::memcpy(to, blocks_[block].get() + begin, part);
        else
            std::memset(to, 0, part);
        to += part, at += part, size -= part;
    }
    return true;
}

void MemoryImage::write(haddr_t at, std::size_t size, const void* bytes) {
    size_ = std::max(size_, at + size);
    const auto* from = static_cast<const unsigned char*>(bytes);
    while (size > 0) {
        const std::size_t block = at / block_bytes, begin = at % block_bytes;
        const std::size_t part = std::min(size, block_bytes - begin);
        while (blocks_.size() <= block) blocks_.push_back(std::make_unique<unsigned char[]>(block_bytes));
        std::memcpy(blocks_[block].get() + begin, from, part);
        from += part, at += part, size -= part;
    }
}

Source MemoryImage::source() {
    return [this, at = haddr_t{0}](std::span<unsigned char> part) mutable {
        const auto size = static_cast<std::size_t>(std::min<haddr_t>(part.size(), size_ - at));
        read(at, size, part.data());
        at += size;
        return size;
    };
}

std::string MemoryImage::end(std::size_t size) {
    std::string bytes(static_cast<std::size_t>(std::min<haddr_t>(size, size_)), '\0');
    read(size_ - bytes.size(), bytes.size(), bytes.data());
    return bytes;
}

}  // namespace gridring::store
