// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace gridring::app {

/// How far a training is: <run folder>/status.json, for programs that look on from outside (gridring launch).
struct Status {
    std::int64_t step = 0, steps = 0;
    std::int64_t checkpoint_step = -1;  ///< -1 = none yet
    double loss = 0, gradient_norm = 0;
    double tokens_per_second = 0;  ///< of this start
    std::int64_t ranks = 1;
    bool is_over = false;     ///< the training: evaluation may follow
    bool is_stopped = false;  ///< as asked, before its last step
};

/// Rewrites the file, whole for whoever reads it, but not more than ten times a second. It tells nothing that must
/// last: not synced, and what cannot be written is not.
class StatusFile {
public:
    explicit StatusFile(std::filesystem::path path) : path_(std::move(path)) {}
    void write(const Status& status, bool is_last = false);

private:
    std::filesystem::path path_;
    std::chrono::steady_clock::time_point due_;
};

/// Empty where there is none that can be read.
std::optional<Status> read_status(const std::filesystem::path& path);

}  // namespace gridring::app
