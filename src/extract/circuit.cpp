// SPDX-License-Identifier: MIT
#include "circuit.hpp"

namespace gridring::extract {

bool Circuit::enter() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (is_stopped_) return false;
        if (!is_open_) return true;
        if (is_trying_) {
            changed_.wait(lock);
        } else if (Clock::now() >= closed_until_) {
            is_trying_ = true;
            return true;
        } else {
            changed_.wait_until(lock, closed_until_);
        }
    }
}

void Circuit::answered() {
    const std::lock_guard lock(mutex_);
    is_open_ = is_trying_ = false;
    refusals_ = 0;
    changed_.notify_all();
}

bool Circuit::refused(const std::function<Clock::duration(int)>& wait) {
    const std::lock_guard lock(mutex_);
    const bool is_news = !is_open_ || is_trying_;
    if (is_news) {
        if (!is_open_) opened_ = Clock::now();
        is_open_ = true;
        closed_until_ = Clock::now() + wait(++refusals_);
    }
    is_trying_ = false;
    changed_.notify_all();
    return is_news;
}

void Circuit::failed() {
    const std::lock_guard lock(mutex_);
    is_trying_ = false;
    changed_.notify_all();
}

Circuit::Clock::duration Circuit::open_for() const {
    const std::lock_guard lock(mutex_);
    return is_open_ ? Clock::now() - opened_ : Clock::duration::zero();
}

void Circuit::stop() {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    changed_.notify_all();
}

}  // namespace gridring::extract
