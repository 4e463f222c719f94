// SPDX-License-Identifier: MIT
#include "pace.hpp"

#include <algorithm>

#include "gridring/core/counters.hpp"

namespace gridring::extract {

Pace::Pace(double rate, int burst, std::int64_t an_hour)
    : interval_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate))),
      slack_(interval_ * (burst - 1)),
      an_hour_(static_cast<std::size_t>(an_hour)) {}

Pace::Clock::time_point Pace::take(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto due = std::max({full_ - slack_, quiet_until_, now});
    if (last_hour_.size() == an_hour_) {
        due = std::max(due, last_hour_.front() + std::chrono::hours{1});
        last_hour_.pop_front();
    }
    last_hour_.push_back(due);
    full_ = std::max(full_, due) + interval_;
    static Counter& tokens = counter("gridring_extract_rate_limit_tokens", CounterKind::gauge,
                                     "Requests that might go out at once, as of the last one.");
    const auto spare = slack_ + interval_ - (full_ - now);
    tokens.set(std::max(0.0, std::chrono::duration<double>(spare) / std::chrono::duration<double>(interval_)));
    return due;
}

void Pace::hold(Clock::time_point until) {
    const std::lock_guard lock(mutex_);
    quiet_until_ = std::max(quiet_until_, until);
}

bool Alarm::sleep_until(Pace::Clock::time_point time) {
    std::unique_lock lock(mutex_);
    return !condition_.wait_until(lock, time, [this] { return is_stopped_; });
}

void Alarm::stop() {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    condition_.notify_all();
}

}  // namespace gridring::extract
