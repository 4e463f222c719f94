// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "gridring/train/trainer.hpp"

/// What a run leaves behind while it goes on, for the dashboard: docs/data_format.md. None of it must last: nothing is
/// synced, and what cannot be written is not.
namespace gridring::app {

/// Whole for whoever reads it.
void replace_file(const std::filesystem::path& path, std::string_view text);

/// The curves of a training: <run folder>/progress.jsonl, a line for the steps since the line before, not more than two
/// a second, and fewer the longer it goes on: one in each 2,000th of its time. A training that goes on appends to those
/// of its earlier starts.
class ProgressLog {
public:
    explicit ProgressLog(std::filesystem::path path) : path_(std::move(path)) {}
    void write(const train::Report& report, std::int64_t tokens_a_step, bool is_last);

private:
    bool begin(const train::Report& report);

    std::filesystem::path path_;
    std::int64_t first_ = -1, told_ = 0;  // steps
    double seconds_told_ = 0;
    std::size_t validations_told_ = 0;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now(), due_;
};

/// Where the time of this rank's steps goes: <run folder>/ranks/<rank>.json, once a second and at the end.
class RankFile {
public:
    RankFile(const std::filesystem::path& folder, int rank, int ranks, int threads);
    void write(const train::Report& report, bool is_last);

private:
    std::filesystem::path path_;
    int rank_, ranks_, threads_;
    std::int64_t told_ = -1;  // steps
    double seconds_told_ = 0;
    ring::Telemetry ring_told_;
    std::chrono::steady_clock::time_point due_;
};
/// Those of an earlier training, which may have had more ranks.
void remove_rank_files(const std::filesystem::path& folder);

/// While it lives, <run folder>/extraction_status.json tells twice a second how far the extraction of this process is.
class ExtractionStatus {
public:
    explicit ExtractionStatus(const std::filesystem::path& folder);
    ~ExtractionStatus();
    ExtractionStatus(const ExtractionStatus&) = delete;
    ExtractionStatus& operator=(const ExtractionStatus&) = delete;

private:
    void write(bool is_over) const;

    std::filesystem::path path_;
    double started_at_;
    std::map<std::string, double> before_;  ///< what the process had counted by then
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread writer_;
};

}  // namespace gridring::app
