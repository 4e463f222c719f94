// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace gridring::extract {

/// Token bucket shared by all connections: at most `rate` calls a second in the long run, `burst` at once after a
/// pause. Kept as the one instant at which the bucket would be full again (GCRA, ITU-T I.371).
class Pace {
public:
    using Clock = std::chrono::steady_clock;
    Pace(double rate, int burst);

    /// Takes a token and says when it may be used; never before `now`.
    Clock::time_point take(Clock::time_point now);
    /// The server asked for quiet: no token is valid before `until`.
    void hold(Clock::time_point until);

private:
    std::mutex mutex_;
    Clock::duration interval_, slack_;
    Clock::time_point full_, quiet_until_;
};

/// Sleeping that another thread can end for good.
class Alarm {
public:
    /// False when stop() was called, before or meanwhile.
    bool sleep_until(Pace::Clock::time_point time);
    void stop();

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool is_stopped_ = false;
};

}  // namespace gridring::extract
