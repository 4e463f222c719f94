// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace gridring::source {

/// A second's worth of requests at once, and so many a second in the long run.
class Meter {
public:
    /// 0 admits all.
    explicit Meter(double per_second)
        : per_second_(per_second), capacity_(std::max(per_second, 1.0)), allowance_(capacity_) {}
    bool admits() {
        if (per_second_ <= 0) return true;
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        allowance_ = std::min(capacity_, allowance_ + per_second_ * std::chrono::duration<double>(now - then_).count());
        then_ = now;
        if (allowance_ < 1) return false;
        allowance_ -= 1;
        return true;
    }

private:
    using Clock = std::chrono::steady_clock;
    double per_second_, capacity_, allowance_;
    Clock::time_point then_ = Clock::now();
    std::mutex mutex_;
};

}  // namespace gridring::source
