// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

namespace gridring::app {

/// No core dump of this process, nor of programs that it starts, from now on.
inline void forbid_core_dumps() {
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
}

/// None while it lives.
class NoCoreDumps {
public:
    NoCoreDumps() {
        getrlimit(RLIMIT_CORE, &before_);
        forbid_core_dumps();
    }
    ~NoCoreDumps() { setrlimit(RLIMIT_CORE, &before_); }
    NoCoreDumps(const NoCoreDumps&) = delete;
    NoCoreDumps& operator=(const NoCoreDumps&) = delete;

private:
    rlimit before_{};
};

}  // namespace gridring::app
