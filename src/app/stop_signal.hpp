// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>
#include <string>
#include <thread>

namespace gridring::app {

/// While it lives, SIGTERM, SIGINT and SIGUSR1 ask for a stop instead of ending the process; a second one ends it. One
/// at a time.
class StopSignal {
public:
    /// `told`: what is said when one comes.
    explicit StopSignal(std::string told = "stopping: the pages in hand are finished first (once more stops at once)");
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    std::stop_token token() const { return stop_.get_token(); }
    int signal() const;  ///< the one that came; 0 = none

private:
    std::stop_source stop_;
    std::jthread watcher_;  ///< last: it uses the other
};

/// For programs that serve until SIGTERM or SIGINT: from construction on, these no longer end the process.
class EndOfService {
public:
    EndOfService();
    void wait() const;  ///< until one came
};

}  // namespace gridring::app
