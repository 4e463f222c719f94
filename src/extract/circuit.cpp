// SPDX-License-Identifier: MIT
#include "circuit.hpp"

namespace gridring::extract {

std::optional<Circuit::Ticket> Circuit::enter() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (is_stopped_) return std::nullopt;
        if (!is_open_) return Ticket{openings_, false};
        if (is_trying_) {
            changed_.wait(lock);
        } else if (Clock::now() >= closed_until_) {
            is_trying_ = true;
            return Ticket{openings_, true};
        } else {
            changed_.wait_until(lock, closed_until_);
        }
    }
}

void Circuit::answered(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    if (!decides(ticket)) return;
    is_open_ = is_trying_ = false;
    refusals_ = 0;
    changed_.notify_all();
}

bool Circuit::refused(Ticket ticket, const std::function<Clock::duration(int)>& wait) {
    const std::lock_guard lock(mutex_);
    if (!decides(ticket)) return false;
    if (!is_open_) {
        opened_ = Clock::now();
        ++openings_;
    }
    is_open_ = true;
    is_trying_ = false;
    closed_until_ = Clock::now() + wait(++refusals_);
    changed_.notify_all();
    return true;
}

void Circuit::failed(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    if (!is_open_ || !decides(ticket)) return;
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
