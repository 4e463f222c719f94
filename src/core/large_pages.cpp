// SPDX-License-Identifier: MIT
#include "gridring/core/large_pages.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <new>

namespace gridring {
namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;

}  // namespace

void* allocate_pages(std::size_t bytes) {
    const std::size_t alignment = bytes < large_page ? 64 : large_page;
    // The size that aligned_alloc wants is address space alone: what is never touched takes no memory.
    void* memory = std::aligned_alloc(alignment, std::max(alignment, (bytes + alignment - 1) / alignment * alignment));
    if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    // Advice that a kernel may not know: nothing depends on it. Whole large pages only, the rest stays small.
    if (bytes >= large_page) madvise(memory, bytes / large_page * large_page, MADV_HUGEPAGE);
#endif
    return memory;
}

void free_pages(void* memory) noexcept { std::free(memory); }

}  // namespace gridring
