// SPDX-License-Identifier: MIT
#include "app/root_work.hpp"

#include <exception>
#include <string>

#include "gridring/core/error.hpp"

namespace gridring::app {

void work_on_root(const comm::Communicator& world, const std::function<void()>& work) {
    std::string failure;
    int code = 0;
    if (world.is_root()) try {
            work();
        } catch (const Error& error) {
            failure = error.what(), code = static_cast<int>(error.exit_code());
        } catch (const std::exception& error) {
            failure = error.what(), code = static_cast<int>(ExitCode::bug);
        }
    world.sleeping_barrier();
    world.agree(failure, code);
}

}  // namespace gridring::app
