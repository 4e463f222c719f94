// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

namespace gridring::extract {

/// Two limits shared by all connections. A token bucket: at most `rate` calls a second in the long run, `burst` at once
/// after a pause, kept as the one instant at which the bucket would be full again (GCRA, ITU-T I.371). And at most
/// `an_hour` calls in any 60 minutes.
class Pace {
public:
    using Clock = std::chrono::steady_clock;
    Pace(double rate, int burst, std::int64_t an_hour);

    /// Takes a token and says when it may be used; never before `now`.
    Clock::time_point take(Clock::time_point now);
    /// The server asked for quiet: no token is valid before `until`.
    void hold(Clock::time_point until);

private:
    std::mutex mutex_;
    Clock::duration interval_, slack_;
    Clock::time_point full_, quiet_until_;
    const std::size_t an_hour_;
    std::deque<Clock::time_point> last_hour_;  ///< when the latest an_hour_ tokens became valid
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
