// SPDX-License-Identifier: MIT
#include "app/peak_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "gridring/core/error.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace gridring::app {
namespace {

#if defined(__GLIBC__)
void give_back_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    malloc_trim(0);
}
#else
void give_back_freed_memory() {}
#endif

/// "VmHWM:   1234 kB" of such a file, in bytes; 0 where there is none.
std::int64_t field(const char* file, const std::string& name) {
    std::ifstream lines(file);
    for (std::string word; lines >> word; lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
        if (std::int64_t kilobytes = 0; word == name && lines >> kilobytes) return kilobytes * 1024;
    return 0;
}

/// memory.max of this process's cgroup (v2), which may say "max"; 0 where there is none.
std::int64_t cgroup_memory_bytes() {
    std::ifstream membership("/proc/self/cgroup");
    for (std::string line; std::getline(membership, line);) {
        if (!line.starts_with("0::")) continue;
        std::int64_t bytes = 0;
        std::ifstream("/sys/fs/cgroup" + line.substr(3) + "/memory.max") >> bytes;
        return bytes;
    }
    return 0;
}

}  // namespace

PeakMemory::PeakMemory() {
    give_back_freed_memory();
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5";  // the peak starts again from here
    reset.close();
    at_start_ = field("/proc/self/status", "VmRSS:");
    if (!reset || at_start_ == 0)
        throw StoreError("/proc/self/clear_refs", "cannot reset the peak of memory; `bench memory` needs Linux");
}

std::int64_t PeakMemory::bytes() const { return field("/proc/self/status", "VmHWM:") - at_start_; }

std::int64_t peak_memory_bytes() { return field("/proc/self/status", "VmHWM:"); }

std::int64_t available_memory_bytes() { return field("/proc/meminfo", "MemAvailable:"); }

std::int64_t memory_share_bytes(int ranks) {
    std::int64_t share = std::numeric_limits<std::int64_t>::max();
    if (const std::int64_t available = available_memory_bytes()) share = available / ranks;
    if (const std::int64_t group = cgroup_memory_bytes()) share = std::min(share, group / ranks);
    rlimit space{};
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        share = std::min(share, static_cast<std::int64_t>(space.rlim_cur));
    return share;
}

}  // namespace gridring::app
