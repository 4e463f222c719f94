// SPDX-License-Identifier: MIT
#include "app/live_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "app/peak_memory.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/counters.hpp"
#include "gridring/core/host.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

double mean_of_last(const std::vector<double>& values, std::int64_t count) {
    const auto last = std::span(values).last(std::min(values.size(), static_cast<std::size_t>(count)));
    return std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
}

/// {compute [s], exposed wait [s], bytes sent} a step, by hop.
Json per_step(const std::vector<ring::HopCost>& after, const std::vector<ring::HopCost>& before, std::int64_t steps) {
    Json hops = Json::array();
    for (std::size_t hop = 0; hop < after.size(); ++hop) {
        const ring::HopCost old = hop < before.size() ? before[hop] : ring::HopCost{};
        const auto share = [&](double total) { return total / static_cast<double>(steps); };
        hops.push_back({share(after[hop].compute_seconds - old.compute_seconds),
                        share(after[hop].exposed_seconds - old.exposed_seconds),
                        share(static_cast<double>(after[hop].bytes_sent - old.bytes_sent))});
    }
    return hops;
}

/// Of all counters, by name.
std::map<std::string, double> count() {
    std::map<std::string, double> counted;
    for (const auto& reading : read_counters()) counted[reading.name] += reading.value;
    return counted;
}

}  // namespace

void replace_file(const fs::path& path, std::string_view text) {
    const auto temporary = temporary_beside(path);
    std::ofstream file(temporary);
    file << text << '\n';
    file.close();
    std::error_code ignored;
    file ? fs::rename(temporary, path, ignored) : void(fs::remove(temporary, ignored));  // a full disk
}

/// Where this start begins: at step 0, what an earlier training left there goes.
bool ProgressLog::begin(const train::Report& report) {
    if (first_ >= 0) return false;
    first_ = told_ = report.first_step;
    validations_told_ = static_cast<std::size_t>(std::ranges::count_if(
        report.validation_step, [&](double step) { return step <= static_cast<double>(report.first_step); }));
    if (first_ == 0) std::ofstream(path_, std::ios::trunc);
    return true;
}

void ProgressLog::write(const train::Report& report, std::int64_t tokens_a_step, bool is_last) {
    const auto time = Clock::now();
    const bool is_first = begin(report);
    if ((time < due_ && !is_last && !is_first) || report.steps_done == told_) return;
    due_ = time + std::max<Clock::duration>(500ms, (time - began_) / 2000);
    const std::int64_t steps = report.steps_done - told_;
    const double seconds = report.seconds - seconds_told_;
    Json line = {{"step", report.steps_done},
                 {"steps", steps},
                 {"loss", mean_of_last(report.training_loss, steps)},
                 {"gradient_norm", mean_of_last(report.gradient_norm, steps)},
                 {"tokens_per_second", static_cast<double>(steps * tokens_a_step) / seconds},
                 {"at", epoch_seconds()}};
    for (; validations_told_ < report.validation_loss.size(); ++validations_told_)
        line["validation"].push_back(
            {report.validation_step[validations_told_], report.validation_loss[validations_told_]});
    told_ = report.steps_done;
    seconds_told_ = report.seconds;
    std::ofstream(path_, std::ios::app) << line.dump() + '\n';
}

RankFile::RankFile(const fs::path& folder, int rank, int ranks, int threads)
    : path_(folder / "ranks" / fmt::format("{}.json", rank)), rank_(rank), ranks_(ranks), threads_(threads) {
    std::error_code ignored;
    fs::create_directories(path_.parent_path(), ignored);
}

void RankFile::write(const train::Report& report, bool is_last) {
    if (told_ < 0) told_ = report.first_step;
    const auto time = Clock::now();
    const std::int64_t steps = report.steps_done - told_;
    if ((time < due_ && !is_last) || steps == 0) return;
    due_ = time + 1s;
    const Json content = {{"rank", rank_},
                          {"ranks", ranks_},
                          {"host", host_name()},
                          {"threads", threads_},
                          {"step", report.steps_done},
                          {"steps", steps},
                          {"step_seconds", (report.seconds - seconds_told_) / static_cast<double>(steps)},
                          {"forward", per_step(report.ring.forward, ring_told_.forward, steps)},
                          {"backward", per_step(report.ring.backward, ring_told_.backward, steps)},
                          {"peak_memory_bytes", peak_memory_bytes()},
                          {"at", epoch_seconds()}};
    told_ = report.steps_done;
    seconds_told_ = report.seconds;
    ring_told_ = report.ring;
    replace_file(path_, content.dump());
}

void remove_rank_files(const fs::path& folder) {
    std::error_code ignored;
    fs::remove_all(folder / "ranks", ignored);
}

ExtractionStatus::ExtractionStatus(const fs::path& folder)
    : path_(folder / "extraction_status.json"),
      started_at_(epoch_seconds()),
      before_(count()),
      writer_([this](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!ended_.wait_for(lock, stop, 500ms, [] { return false; }) && !stop.stop_requested()) write(false);
      }) {}

ExtractionStatus::~ExtractionStatus() {
    writer_.request_stop();
    writer_.join();
    write(true);
}

void ExtractionStatus::write(bool is_over) const {
    auto counted = count();
    const auto value = [&](const char* name) { return counted["gridring_extract_" + std::string(name)]; };
    for (const auto& [name, before] : before_)
        if (name.ends_with("_total")) counted[name] -= before;
    const Json content = {{"progress", value("progress_ratio")},
                          {"records", value("records_total")},
                          {"requests", value("requests_total")},
                          {"retries", value("retries_total")},
                          {"received_bytes", value("received_bytes_total")},
                          {"rate_limit_tokens", value("rate_limit_tokens")},
                          {"started_at", started_at_},
                          {"is_over", is_over},
                          {"at", epoch_seconds()}};
    replace_file(path_, content.dump());
}

}  // namespace gridring::app
