// SPDX-License-Identifier: MIT
#include "observe/live_data.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "observe/page_data.hpp"

namespace gridring::observe {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json ranks_in(const fs::path& folder) {
    std::vector<json> ranks;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".json")
            if (json rank = object_in(entry->path()); rank.contains("rank") && rank["rank"].is_number_integer())
                ranks.push_back(std::move(rank));
    std::ranges::sort(ranks, {}, [](const json& rank) { return rank["rank"].get<int>(); });
    return ranks.empty() ? json() : json(ranks);
}

bool is_newer(const fs::path& file, const fs::path& than) {
    std::error_code error;
    const auto time = fs::last_write_time(file, error);
    if (error) return false;
    const auto other = fs::last_write_time(than, error);
    return error || time > other;
}

/// One column of the lines against their steps, averaged so that `max_points` are left.
json curve(const std::vector<json>& lines, const char* name, std::size_t max_points) {
    json steps = json::array(), values = json::array();
    const std::size_t width = std::max<std::size_t>(1, (lines.size() + max_points - 1) / max_points);
    for (std::size_t begin = 0; begin < lines.size(); begin += width) {
        double sum = 0, count = 0;
        const std::size_t end = std::min(begin + width, lines.size());
        for (std::size_t i = begin; i < end; ++i) {
            const json value = lines[i].contains(name) ? lines[i][name] : json();
            const json count_of = lines[i].contains("steps") ? lines[i]["steps"] : json();
            const double weight = count_of.is_number() ? count_of.get<double>() : 1;
            if (value.is_number()) sum += weight * value.get<double>(), count += weight;
        }
        steps.push_back(lines[end - 1]["step"]);
        values.push_back(count > 0 ? json(sum / count) : json());
    }
    return {{"step", steps}, {"value", values}};
}

json training_of(const std::vector<json>& lines, const json& status) {
    constexpr std::size_t max_points = 400;
    json validation_step = json::array(), validation_loss = json::array();
    for (const json& line : lines)
        for (const json& pair : line.contains("validation") ? line["validation"] : json::array())
            if (pair.is_array() && pair.size() == 2)
                validation_step.push_back(pair[0]), validation_loss.push_back(pair[1]);
    json training = {{"is_going_on", true},
                     {"steps_done", lines.back()["step"]},
                     {"training_loss", curve(lines, "loss", max_points)},
                     {"gradient_norm", curve(lines, "gradient_norm", max_points)},
                     {"validation_step", validation_step},
                     {"validation_loss", validation_loss}};
    for (const char* name : {"steps", "ranks", "tokens_per_second"})
        if (status.is_object() && status.contains(name)) training[name] = status[name];
    return training;
}

}  // namespace

json object_in(const fs::path& file) {
    std::ifstream stream(file);
    json document = stream ? json::parse(stream, nullptr, false) : json();
    return document.is_object() ? document : json();
}

std::vector<json> read_progress(const fs::path& file) {
    std::vector<json> lines;
    std::ifstream stream(file);
    for (std::string text; std::getline(stream, text);) {
        json line = json::parse(text, nullptr, false);
        if (!line.is_object() || !line.contains("step") || !line["step"].is_number_integer()) continue;
        const auto step = line["step"].get<std::int64_t>();
        while (!lines.empty() && lines.back()["step"].get<std::int64_t>() >= step) lines.pop_back();
        lines.push_back(std::move(line));
    }
    return lines;
}

json live_data(const fs::path& folder) {
    const json status = object_in(folder / "status.json");
    const auto lines = read_progress(folder / "progress.jsonl");
    const bool is_going_on = !lines.empty() && is_newer(folder / "progress.jsonl", folder / "training.json");
    json training = is_going_on ? training_of(lines, status) : training_data(object_in(folder / "training.json"));
    if (training.is_object() && !lines.empty()) training["throughput"] = curve(lines, "tokens_per_second", 400);
    return {{"status", status},
            {"extraction_status", object_in(folder / "extraction_status.json")},
            {"live", object_in(folder / "live.json")},
            {"ranks", rounded(ranks_in(folder / "ranks"))},
            {"training", rounded(std::move(training))}};
}

}  // namespace gridring::observe
