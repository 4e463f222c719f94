// SPDX-License-Identifier: MIT
#include "app/status_file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/live_files.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;
constexpr std::chrono::milliseconds interval{100};

}  // namespace

void StatusFile::write(const Status& status, bool is_last) {
    const auto now = std::chrono::steady_clock::now();
    if (now < due_ && !is_last) return;
    due_ = now + interval;
    const Json content = {{"step", status.step},
                          {"steps", status.steps},
                          {"checkpoint_step", status.checkpoint_step},
                          {"loss", status.loss},
                          {"gradient_norm", status.gradient_norm},
                          {"tokens_per_second", status.tokens_per_second},
                          {"ranks", status.ranks},
                          {"is_over", status.is_over},
                          {"is_stopped", status.is_stopped},
                          {"at", epoch_seconds()}};
    replace_file(path_, content.dump());
}

std::optional<Status> read_status(const std::filesystem::path& path) {
    std::ifstream file(path);
    const Json content = file ? Json::parse(file, nullptr, false) : Json();
    if (!content.is_object()) return std::nullopt;
    try {
        Status status;
        status.step = content.at("step"), status.steps = content.at("steps");
        status.checkpoint_step = content.at("checkpoint_step");
        status.loss = content.at("loss").is_null() ? 0 : content.at("loss").get<double>();
        status.ranks = content.at("ranks"), status.is_over = content.at("is_over");
        status.is_stopped = content.value("is_stopped", false);
        return status;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace gridring::app
