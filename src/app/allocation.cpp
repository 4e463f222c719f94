// SPDX-License-Identifier: MIT
#include "app/allocation.hpp"

#include <cstdlib>  // defines __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gridring::app {

#ifdef __GLIBC__
void keep_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    mallopt(M_ARENA_MAX, 1);
}
#else
void keep_freed_memory() {}
#endif

}  // namespace gridring::app
