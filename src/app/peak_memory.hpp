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

}  // namespace gridring::app
