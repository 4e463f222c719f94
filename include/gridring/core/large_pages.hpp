// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace gridring {

/// Uninitialised memory, 64-byte aligned; from 2 MiB on aligned to large pages and, where the system has them on
/// request (Linux: madvise), made of them. One head of a tensor touches every few rows another page: with 4 KiB pages
/// the translation misses cost a kernel 1 to 2 % (docs/performance.md). Never more memory than asked for but the
/// alignment's address space. Throws std::bad_alloc.
void* allocate_pages(std::size_t bytes);
void free_pages(void* memory) noexcept;

template <class T>
struct PageAllocator {
    using value_type = T;
    PageAllocator() = default;
    template <class U>
    PageAllocator(const PageAllocator<U>&) {}  // NOLINT: rebinding
    T* allocate(std::size_t count) { return static_cast<T*>(allocate_pages(count * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { free_pages(memory); }
    friend bool operator==(const PageAllocator&, const PageAllocator&) { return true; }
};
/// Tensors of the size of a sequence.
using TensorMemory = std::vector<float, PageAllocator<float>>;

}  // namespace gridring
