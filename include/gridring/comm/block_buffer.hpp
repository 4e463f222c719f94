// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace gridring::comm {

class NodeGroup;
class Window;

/// Memory that travels, 64-byte aligned and zeroed, of this process alone or shared between the ranks of a node;
/// whoever fills it writes in place and nothing is copied before a hop. Move-only. While an exception unwinds it is not
/// freed but stays until the process ends, as an exchange may still be under way.
class BlockBuffer {
public:
    BlockBuffer() = default;
    explicit BlockBuffer(std::size_t bytes);
    /// In a window that every rank of the node reads and writes; sizes may differ. Collective over the node, as
    /// destroying it is, except while unwinding.
    BlockBuffer(const NodeGroup& node, std::size_t bytes);

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

    bool is_shared() const { return !peers_.empty(); }
    /// Of every rank of the node, this one among them, in one's own address space. Who may touch what when is up to the
    /// ranks: see NodeProgress. Empty unless is_shared().
    std::span<const std::span<std::byte>> peers() const { return peers_; }

private:
    struct Free {
        Free() : window(nullptr) {}
        explicit Free(Window* of) : window(of) {}
        Window* window;  ///< whose memory it is, if not the heap's
        void operator()(std::byte* memory) const noexcept;
    };
    std::unique_ptr<std::byte[], Free> data_;
    std::size_t size_ = 0;
    std::vector<std::span<std::byte>> peers_;
};

}  // namespace gridring::comm
