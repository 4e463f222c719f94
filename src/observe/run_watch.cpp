// SPDX-License-Identifier: MIT
#include "observe/run_watch.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "observe/live_data.hpp"
#include "observe/run_data.hpp"

namespace gridring::observe {
namespace {

namespace fs = std::filesystem;

/// Those that change while a run goes on and are quickly read, and the others.
constexpr std::array live_files{"status.json", "progress.jsonl", "extraction_status.json", "live.json", "ranks/0.json"};
constexpr std::array other_files{"config.yaml", "run.json",   "extraction.json", "training.json",
                                 "scores.json", "results.h5", "forecast.h5",     "series.h5"};

/// Changes whenever the file does; 0 = there is none.
std::int64_t stamp_of(const fs::path& file) {
    std::error_code error;
    const auto time = fs::last_write_time(file, error);
    if (error) return 0;
    return time.time_since_epoch().count() ^ static_cast<std::int64_t>(fs::file_size(file, error) << 40);
}

}  // namespace

RunWatch::Stamps RunWatch::stamps(bool is_live) const {
    Stamps stamps;
    const std::span<const char* const> files = is_live ? std::span<const char* const>(live_files) : other_files;
    for (const char* file : files) stamps[file] = stamp_of(folder_ / file);
    return stamps;
}

bool RunWatch::look() {
    auto now = stamps(false), live = stamps(true);
    if (now == seen_ && live == seen_live_) return false;
    const bool everything = now != seen_ || is_broken_;  // until it has been read whole
    try {
        read(everything);
        set("problem", nullptr);
        is_broken_ = false;
    } catch (const std::exception& error) {
        set("problem", error.what());
        is_broken_ = true;
    }
    seen_ = std::move(now), seen_live_ = std::move(live);
    const bool is_new =
        std::ranges::any_of(topics_, [this](const auto& topic) { return topic.second.version > version_; });
    if (is_new) ++version_;
    return is_new;
}

void RunWatch::read(bool everything) {
    const auto take = [this](const nlohmann::json& data) {
        for (const auto& [topic, value] : data.items()) set(topic, value);
    };
    take(live_data(folder_));  // first: it goes on whatever is wrong with the rest
    if (!everything) return;
    if (before_reading_) before_reading_(folder_);
    take(run_data(folder_));
}

void RunWatch::set(const std::string& topic, nlohmann::json value) {
    Topic& known = topics_[topic];
    if (known.version > 0 && known.value == value) return;
    known = {std::move(value), version_ + 1};  // of the look under way
}

nlohmann::json RunWatch::changed_since(std::int64_t version) const {
    auto changed = nlohmann::json::object();
    for (const auto& [name, topic] : topics_)
        if (topic.version > version) changed[name] = topic.value;
    return changed;
}

}  // namespace gridring::observe
