// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace gridring::extract {

/// Open while a server refuses everybody, as EIA does with a suspended key: nobody calls until a time, then one call
/// tries, and the others wait for what comes of it.
class Circuit {
public:
    using Clock = std::chrono::steady_clock;

    /// Blocks while it is open and nobody is to try. False when stop() was called.
    bool enter();
    /// What came of a call that entered.
    void answered();
    /// `wait` is how long to leave the server alone after so many refusals in a row. True when this call opened it, or
    /// was the one that tried: the others were under way before they could know.
    bool refused(const std::function<Clock::duration(int refusals)>& wait);
    /// Some other trouble came of it: who is next may try.
    void failed();
    /// How long it has been open; zero when it is not.
    Clock::duration open_for() const;
    void stop();

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false, is_trying_ = false, is_stopped_ = false;
    int refusals_ = 0;
    Clock::time_point opened_, closed_until_;
};

}  // namespace gridring::extract
