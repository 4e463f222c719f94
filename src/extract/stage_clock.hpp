// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "gridring/core/trace.hpp"
#include "gridring/extract/extract.hpp"

namespace gridring::extract {

/// Where an extraction spends its processor time, over all threads.
class StageClock {
public:
    enum Stage : std::size_t { receive, parse, keep, assemble, screen, write, stages };

    void add(Stage stage, std::int64_t nanoseconds) { spent_[stage] += nanoseconds; }
    StageTimes times() const {
        const auto seconds = [this](Stage stage) { return 1e-9 * static_cast<double>(spent_[stage]); };
        return {seconds(receive), seconds(parse), seconds(keep), seconds(assemble), seconds(screen), seconds(write)};
    }

private:
    std::array<std::atomic<std::int64_t>, stages> spent_{};
};

/// Adds the processor time of this thread while it lives.
class StageTimer {
public:
    StageTimer(StageClock& clock, StageClock::Stage stage)
        : clock_(clock), stage_(stage), start_(now()), span_("extract", names[stage]) {}
    ~StageTimer() { clock_.add(stage_, now() - start_); }
    StageTimer(const StageTimer&) = delete;
    StageTimer& operator=(const StageTimer&) = delete;

private:
    static std::int64_t now() {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
    }

    static constexpr std::array<const char*, StageClock::stages> names{"receive",  "parse",  "keep",
                                                                       "assemble", "screen", "write"};

    StageClock& clock_;
    const StageClock::Stage stage_;
    const std::int64_t start_;
    const trace::Span span_;
};

}  // namespace gridring::extract
