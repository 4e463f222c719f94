// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace gridring::extract {

/// Open while a server refuses everybody, as EIA does with a suspended key: nobody calls until a time, then one call
/// tries, and the others wait for what comes of it. Calls that were under way before it opened change nothing about it.
class Circuit {
public:
    using Clock = std::chrono::steady_clock;
    /// Of one call.
    struct Ticket {
        std::int64_t opening;  ///< how often it had opened when the call entered
        bool is_trial;
    };

    /// Blocks while it is open and nobody is to try. Empty when stop() was called.
    std::optional<Ticket> enter();
    /// What came of a call that entered.
    void answered(Ticket ticket);
    /// `wait` is how long to leave the server alone after so many refusals in a row. False when the call knows nothing
    /// new.
    bool refused(Ticket ticket, const std::function<Clock::duration(int refusals)>& wait);
    /// Some other trouble came of it: who is next may try.
    void failed(Ticket ticket);
    /// How long it has been open; zero when it is not.
    Clock::duration open_for() const;
    void stop();

private:
    bool decides(Ticket ticket) const { return ticket.opening == openings_ && (!is_open_ || ticket.is_trial); }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false, is_trying_ = false, is_stopped_ = false;
    std::int64_t openings_ = 0;
    int refusals_ = 0;
    Clock::time_point opened_, closed_until_;
};

}  // namespace gridring::extract
