// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace gridring::attention::simd {

/// Scratch memory of the calling thread, 64-byte aligned. The thread keeps it from call to call (one to two MiB), since
/// fresh pages cost more than a small block's whole computation. One at a time in a thread; what it held before is
/// overwritten.
class Workspace {
public:
    explicit Workspace(std::size_t bytes) {
        thread_local Memory memory;
        if (memory.size < bytes) memory = {Pointer(static_cast<std::byte*>(::operator new(bytes, alignment))), bytes};
        next_ = memory.data.get();
    }
    /// Room for `count` values of T.
    template <class T>
    T* take(std::int64_t count) {
        auto* result = reinterpret_cast<T*>(next_);
        next_ += bytes_of<T>(count);
        return result;
    }
    template <class T>
    static std::size_t bytes_of(std::int64_t count) {
        return (static_cast<std::size_t>(count) * sizeof(T) + 63) / 64 * 64;
    }

private:
    static constexpr std::align_val_t alignment{64};
    struct Free {
        void operator()(std::byte* bytes) const noexcept { ::operator delete(bytes, alignment); }
    };
    using Pointer = std::unique_ptr<std::byte[], Free>;
    struct Memory {
        Pointer data;
        std::size_t size = 0;
    };
    std::byte* next_;
};

}  // namespace gridring::attention::simd
