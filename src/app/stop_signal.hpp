// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>
#include <thread>

namespace gridring::app {

/// While it lives, SIGTERM and SIGINT ask for a stop instead of ending the process; a second one ends it. One at a
/// time.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    std::stop_token token() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    std::jthread watcher_;  ///< last: it uses the other
};

}  // namespace gridring::app
