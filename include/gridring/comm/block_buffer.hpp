// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace gridring::comm {

/// Memory that travels. Allocated by `comm` (64-byte aligned, zeroed), so that a window shared between the ranks of a
/// node can be one kind of it later; whoever fills it writes in place and nothing is copied before a hop. Move-only.
class BlockBuffer {
public:
    BlockBuffer() = default;
    explicit BlockBuffer(std::size_t bytes);

    std::span<std::byte> bytes() { return {data_.get(), size_}; }
    std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
    std::size_t size() const { return size_; }
    /// `offset` in bytes, a multiple of alignof(T).
    template <class T>
    T* at(std::size_t offset) {
        return reinterpret_cast<T*>(data_.get() + offset);
    }
    template <class T>
    const T* at(std::size_t offset) const {
        return reinterpret_cast<const T*>(data_.get() + offset);
    }

private:
    struct Free {
        void operator()(std::byte* memory) const noexcept;
    };
    std::unique_ptr<std::byte[], Free> data_;
    std::size_t size_ = 0;
};

}  // namespace gridring::comm
