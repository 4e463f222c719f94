// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gridring {

/// Progress of one long task on standard error: a bar with rate and time left on a terminal, plain lines (at most one
/// in `plain_every`) elsewhere, nothing when the log level is above info. Not thread-safe.
class Progress {
public:
    Progress(std::string task, std::string unit, std::int64_t total,
             std::chrono::seconds plain_every = std::chrono::seconds{10});
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// The total may become known, or grow, while the task runs.
    void set_total(std::int64_t total) { total_ = total; }
    /// `note` is shown behind the bar ("loss 0.123").
    void update(std::int64_t done, const std::string& note = {});
    void finish();

private:
    void print(bool is_last);

    std::string task_, unit_, note_;
    std::int64_t total_, done_ = 0;
    std::chrono::steady_clock::time_point start_, last_print_;
    std::chrono::seconds plain_every_;
    bool is_terminal_, is_silent_, is_finished_ = false;
};

}  // namespace gridring
