// SPDX-License-Identifier: MIT
#include "gridring/comm/work_on_root.hpp"

#include <exception>

namespace gridring::comm {

void work_on_root(const Communicator& world, const std::function<void()>& work) {
    run_together(world, [&] {
        std::exception_ptr failure;
        if (world.is_root()) try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
        world.sleeping_barrier();
        if (failure) std::rethrow_exception(failure);
    });
}

}  // namespace gridring::comm
