// SPDX-License-Identifier: MIT
#include "app/cores.hpp"

#include "gridring/core/log.hpp"

#ifdef __linux__
#include <sched.h>
#endif

namespace gridring::app {

#ifdef __linux__
std::vector<int> usable_cores() {
    std::vector<int> usable;
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        for (int core = 0; core < CPU_SETSIZE; ++core)
            if (CPU_ISSET(core, &cores)) usable.push_back(core);
    return usable;
}

void stay_on_core(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) log::warning("cannot stay on one core");
}
#else
std::vector<int> usable_cores() { return {}; }
void stay_on_core(int) {}
#endif

}  // namespace gridring::app
