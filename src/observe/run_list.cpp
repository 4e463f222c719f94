// SPDX-License-Identifier: MIT
#include "observe/run_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "observe/live_data.hpp"

namespace gridring::observe {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double silence = 30;  // [s] in which a run that goes on would have written

constexpr std::array files_of_runs{"run.json",        "status.json",   "extraction_status.json",
                                   "extraction.json", "training.json", "scores.json",
                                   "series.h5"};

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
}

bool is_run(const fs::path& folder) {
    return std::ranges::any_of(files_of_runs, [&](const char* file) { return is_there(folder / file); });
}

/// As far as they can be listed, without hidden ones.
std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code error, unknown;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (!entry->path().filename().native().starts_with('.') && entry->is_directory(unknown))
            folders.push_back(entry->path());
    return folders;
}

struct Level {
    fs::path folder;
    int levels;  ///< to look through
};

constexpr int most_levels = 4;       // runs/sweeps/context/members/0001
constexpr int most_folders = 1'000;  // where it is no folder of runs but somebody's home: the nearest

/// Pages, or what a link leads to.
bool is_passed_over(const fs::path& folder) {
    std::error_code error;
    return folder.filename() == "raw" || fs::is_symlink(folder, error);
}

/// Empty where there is none.
json known_of(const fs::path& file) {
    json document = object_in(file);
    return document.is_object() ? document : json::object();
}

double number(const json& object, const char* name) {
    return object.contains(name) && object[name].is_number() ? object[name].get<double>() : 0;
}

bool is_over(const json& object) { return object.contains("is_over") && object["is_over"] == json(true); }

std::string state_of(const fs::path& folder, const json& training, const json& extraction, double now) {
    const auto goes_on = [&](const json& object) { return !object.empty() && !is_over(object); };
    const auto is_silent = [&](const json& object) { return now - number(object, "at") > silence; };
    const json live = known_of(folder / "live.json");
    if (is_over(live) && number(live, "at") >= std::max(number(training, "at"), number(extraction, "at")))
        return "stopped";
    if (goes_on(live)) {
        const bool is_looking = goes_on(extraction) && !is_silent(extraction);
        if (is_looking && !live.contains("last_hour")) return "extracting";
        return is_looking || now <= number(live, "next_at") + silence ? "live" : "silent";
    }
    const bool is_training_newer = number(training, "at") >= number(extraction, "at");
    if (goes_on(extraction) && !is_training_newer) return is_silent(extraction) ? "silent" : "extracting";
    if (goes_on(training)) return is_silent(training) ? "silent" : "training";
    if (training.value("is_stopped", json()) == json(true)) return "stopped";
    if (is_there(folder / "scores.json")) return "evaluated";
    if (is_there(folder / "training.json")) return "trained";
    return is_there(folder / "series.h5") ? "extracted" : "begun";
}

}  // namespace

std::map<std::string, fs::path> find_runs(const fs::path& root) {
    std::map<std::string, fs::path> runs;
    if (is_run(root)) runs.emplace(".", root);
    std::vector<Level> to_look_through{{root, most_levels}};  // from near to far
    int without_run = 0;
    for (std::size_t at = 0; at < to_look_through.size() && without_run < most_folders; ++at) {
        const Level level = to_look_through[at];
        for (const fs::path& path : folders_in(level.folder)) {
            if (is_run(path)) {
                runs.emplace(path.lexically_relative(root).generic_string(), path);
                to_look_through.push_back({path / "members", 1});
            } else if (++without_run; level.levels > 1 && !is_passed_over(path))
                to_look_through.push_back({path, level.levels - 1});
        }
    }
    return runs;
}

json summarise_run(const std::string& id, const fs::path& folder, double now) {
    const json training = known_of(folder / "status.json"), extraction = known_of(folder / "extraction_status.json");
    json line = {{"id", id},
                 {"state", state_of(folder, training, extraction, now)},
                 {"at", std::max({number(training, "at"), number(extraction, "at"),
                                  number(known_of(folder / "live.json"), "at")})}};
    for (const char* name : {"step", "steps", "loss", "tokens_per_second"})
        if (training.contains(name)) line[name] = training[name];
    if (!is_over(extraction) && extraction.contains("progress")) line["progress"] = extraction["progress"];
    return line;
}

}  // namespace gridring::observe
