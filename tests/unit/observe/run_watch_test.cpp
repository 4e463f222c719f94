// SPDX-License-Identifier: MIT
#include "observe/run_watch.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "observe/live_data.hpp"
#include "observe/run_list.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gridring::observe;
using nlohmann::json;

struct Folder {
    fs::path path = fs::temp_directory_path() / ("gridring-observe-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    void write(const std::string& file, const std::string& text) const {
        fs::create_directories((path / file).parent_path());
        std::ofstream(path / file) << text;
    }
};

}  // namespace

TEST_CASE("steps that were done again after a restart count once, and half a line not at all") {
    const Folder folder;
    folder.write("progress.jsonl",
                 "{\"step\": 1, \"loss\": 9}\n{\"step\": 5, \"loss\": 8}\n{\"step\": 8, \"loss\": 7}\n"
                 "{\"step\": 5, \"loss\": 6}\nnonsense\n{\"step\": 6, \"loss\": 5}\n{\"step\": 7, \"lo");
    const auto lines = read_progress(folder.path / "progress.jsonl");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["loss"] == 9);
    CHECK(lines[1]["loss"] == 6);
    CHECK(lines[2]["step"] == 6);
}

TEST_CASE("a training that goes on is told from its progress, and its validations with it") {
    const Folder folder;
    folder.write("status.json", R"({"step": 6, "steps": 10, "ranks": 2})");
    folder.write("progress.jsonl",
                 "{\"step\": 2, \"steps\": 2, \"loss\": 4, \"validation\": [[2, 3.5]]}\n"
                 "{\"step\": 6, \"steps\": 4, \"loss\": 2, \"tokens_per_second\": 7}\n");
    const json training = live_data(folder.path)["training"];
    CHECK(training["is_going_on"] == true);
    CHECK(training["steps"] == 10);
    CHECK(training["training_loss"]["value"] == json({4, 2}));
    CHECK(training["validation_step"] == json({2}));
    CHECK(training["validation_loss"] == json({3.5}));
    CHECK(training["throughput"]["value"] == json({nullptr, 7}));
}

TEST_CASE("a watch tells what changed and nothing else; what cannot be read is a problem, not the end") {
    const Folder folder;
    folder.write("run.json", R"({"command": "gridring run --key secret=hunter2"})");
    RunWatch watch(folder.path);
    CHECK(watch.look());
    CHECK(watch.changed_since(0).dump().find("hunter2") == std::string::npos);
    const auto first = watch.version();
    CHECK_FALSE(watch.look());

    folder.write("status.json", R"({"step": 1})");
    CHECK(watch.look());
    CHECK(watch.changed_since(first) == json({{"status", {{"step", 1}}}}));

    const auto second = watch.version();
    folder.write("scores.json", "{broken");
    CHECK(watch.look());
    const json changed = watch.changed_since(second);
    CHECK(changed.size() == 1);
    CHECK(changed["problem"].get<std::string>().find("scores.json") != std::string::npos);
    folder.write("status.json", R"({"step": 22})");
    CHECK(watch.look());
    CHECK(watch.changed_since(0)["problem"].is_string());  // until it is mended
    folder.write("scores.json", R"({"regions": []})");
    CHECK(watch.look());
    CHECK(watch.changed_since(0)["problem"] == nullptr);
    CHECK(watch.changed_since(0)["scores"] == json({{"regions", json::array()}}));
}

TEST_CASE("runs are found in a folder and in sweeps, and their states told apart") {
    const Folder folder;
    folder.write("a/status.json", R"({"step": 3, "steps": 9, "at": 100, "is_over": false})");
    folder.write("sweep/members/0001/run.json", "{}");
    folder.write("sweeps/context/members/0001/run.json", "{}");
    folder.write("sweeps/context/extraction/series.h5", "");
    folder.write("a/raw/old/run.json", "{}");  // of the run a
    folder.write("other/notes.txt", "no run");
    std::filesystem::create_directory_symlink(folder.path, folder.path / "other" / "again");
    const auto runs = find_runs(folder.path);
    REQUIRE(runs.size() == 4);
    CHECK(runs.contains("a"));
    CHECK(runs.contains("sweep/members/0001"));
    CHECK(runs.contains("sweeps/context/members/0001"));
    CHECK(runs.contains("sweeps/context/extraction"));
    CHECK(find_runs(folder.path / "a").contains("."));
    const auto state = [&](double now) { return summarise_run("a", runs.at("a"), now)["state"]; };
    CHECK(state(101) == "training");
    CHECK(state(200) == "silent");
    folder.write("a/status.json", R"({"step": 3, "steps": 9, "at": 100, "is_over": true, "is_stopped": true})");
    CHECK(state(200) == "stopped");
    folder.write("a/extraction_status.json", R"({"at": 199, "is_over": false, "progress": 0.5})");
    CHECK(state(200) == "extracting");
    folder.write("a/live.json", R"({"at": 199.5, "is_over": true})");
    CHECK(state(200) == "stopped");
    folder.write("a/extraction_status.json", R"({"at": 200, "is_over": false, "progress": 0.5})");
    CHECK(state(200) == "extracting");
}
