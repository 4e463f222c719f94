// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace gridring::app {

/// The most memory this process holds at once between start and asking, above what it held at the start: resident
/// pages, as Linux counts them. Freed memory is given back first, and large blocks are taken from the system one by
/// one, so that what an earlier measurement left does not hide in this one.
class PeakMemory {
public:
    PeakMemory();  ///< Throws StoreError where /proc does not tell.
    std::int64_t bytes() const;

private:
    std::int64_t at_start_;
};

std::int64_t peak_memory_bytes();       ///< resident, of this process since its start; 0 where /proc does not tell
std::int64_t available_memory_bytes();  ///< of the machine; 0 where /proc does not tell

/// What each of `ranks` on this machine may take: the least of its address space (RLIMIT_AS), and its part of the
/// machine's available memory and of its cgroup's memory.max, as far as they are told.
std::int64_t memory_share_bytes(int ranks);

}  // namespace gridring::app
