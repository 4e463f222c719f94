// SPDX-License-Identifier: MIT
#pragma once

#include <exception>

#include "gridring/core/error.hpp"

namespace gridring::comm {

template <class Step>
void run_together(const Communicator& world, Step&& step) {
    std::string failure;
    int code = 0;
    try {
        step();
    } catch (const Error& error) {
        failure = error.what();
        code = static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        failure = error.what();
        code = static_cast<int>(ExitCode::bug);
    }
    if (code != 0 && failure.empty()) failure = "a failure without a message";
    world.agree(failure, code);
}

}  // namespace gridring::comm
