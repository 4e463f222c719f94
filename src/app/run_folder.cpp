// SPDX-License-Identifier: MIT
#include "app/run_folder.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/encryption.hpp"
#include "gridring/comm/work_on_root.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/host.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw StoreError(folder.string(), "cannot make the run folder: " + error.message());
}

void write_json(const std::filesystem::path& path, const Json& content) {
    write_file_atomically(path, content.dump(1) + "\n");
}

Json hops(const std::vector<ring::HopCost>& costs) {
    Json list = Json::array();
    for (const auto& cost : costs)
        list.push_back({{"compute_seconds", cost.compute_seconds},
                        {"exposed_seconds", cost.exposed_seconds},
                        {"transfer_seconds", cost.transfer_seconds},
                        {"bytes_sent", cost.bytes_sent},
                        {"messages_sent", cost.messages_sent}});
    return list;
}

/// Patient with what is lost and not yet gone: ranks of a start before this one, and the lock of a host that is cut
/// off, which NFS gives back after 90 s.
constexpr LockTerms sole_training{.holder = "another training or live forecast",
                                  .option = "--set run.folder=…",
                                  .file = ".training.lock",
                                  .patience = std::chrono::seconds(120)};

}  // namespace

RunRecord::RunRecord(const comm::Communicator& world, const Settings& settings, bool is_fresh)
    : world_(world), settings_(settings), started_at_(utc_timestamp()) {
    std::string checkpoint;
    comm::work_on_root(world, [&] {
        make_folder(settings.folder);
        lock_.emplace(settings.folder, sole_training);
        checkpoint = !is_fresh && train::has_checkpoint(settings.checkpoint_file()) ? "yes" : "no";
    });
    world.broadcast(checkpoint);
    goes_on_ = checkpoint == "yes";
}

void RunRecord::begin() {
    if (!goes_on_) comm::run_together(world_, [&] { write_header(); });
}

void RunRecord::training_done(bool has_trained) {
    owns_header_ = !goes_on_ || has_trained;
    comm::run_together(world_, [&] {
        if (goes_on_ && has_trained) write_header();
        if (world_.is_root()) write_file_atomically(settings_.folder / "config.yaml", dump_settings(settings_));
    });
}

void RunRecord::finish() {
    comm::run_together(world_, [&] {
        if (!world_.is_root() || !owns_header_) return;
        Json header = Json::parse(read_file(settings_.folder / "run.json"));
        header["finished_at"] = utc_timestamp();
        write_json(settings_.folder / "run.json", header);
    });
}

void RunRecord::write_header() const {
    if (!world_.is_root()) return;
    write_file_atomically(settings_.folder / "config.yaml", dump_settings(settings_));
    write_json(settings_.folder / "run.json", {{"command", settings_.command},
                                               {"git_commit", git_commit()},
                                               {"version", version()},
                                               {"started_at", started_at_},
                                               {"finished_at", nullptr},
                                               {"seed", settings_.seed},
                                               {"ranks", world_.size()},
                                               {"threads", settings_.train.ring.threads},
                                               {"host", host_name()}});
}

void write_training(const Settings& settings, const train::Report& report, const series::Dataset& data,
                    const train::Split& split, std::int64_t parameters, const std::vector<std::int64_t>& peak_bytes,
                    const std::string& source) {
    const auto& train = settings.train;
    const bool has_trained = !report.gradient_norm.empty();
    const auto measured = [&](double value) { return has_trained ? Json(value) : Json(nullptr); };
    const auto best = report.best();
    Json content = {{"steps", train.steps},
                    {"steps_done", report.steps_done},
                    {"first_step", report.first_step},
                    {"parameters", parameters},
                    {"regions", data.regions},
                    {"source", source},
                    {"training_loss", report.training_loss},
                    {"validation_step", report.validation_step},
                    {"validation_loss", report.validation_loss},
                    {"best_step", best ? Json(report.validation_step[*best]) : Json(nullptr)},
                    {"gradient_norm", report.gradient_norm},
                    {"seconds", measured(report.seconds)},
                    {"tokens_per_second", measured(report.tokens_per_second)},
                    {"train_from", to_string(data.first)},
                    {"train_to", to_string(data.hour_at(split.train_end - 1))},
                    {"validation_to", to_string(data.hour_at(split.validation_end - 1))},
                    {"test_to", to_string(data.hour_at(data.hours - 1))},
                    {"sequence_hours", train.sequence_hours},
                    {"batch", train.batch},
                    {"ranks", peak_bytes.size()},
                    {"data_ranks", report.data_ranks},
                    {"peak_memory_bytes", peak_bytes}};
    if (has_trained)
        content["ring"] = {
            {"partition", ring::to_string(train.partition)}, {"exchange", comm::to_string(train.ring.exchange)},
            {"backend", train.ring.backend->name},           {"forward_calls", report.ring.forward_calls},
            {"backward_calls", report.ring.backward_calls},  {"forward", hops(report.ring.forward)},
            {"backward", hops(report.ring.backward)}};
    write_json(settings.folder / "training.json", content);
}

Settings settings_of_run(const comm::Communicator& world, const fs::path& folder, KeyUse use) {
    const auto file = folder / "config.yaml";
    std::string text;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        std::error_code error;
        if (!fs::exists(file, error))
            throw StoreError(
                folder.string(),
                fs::is_directory(folder / "members", error)
                    ? "expected a run folder with a config.yaml, found a sweep's; name one of its members/"
                    : "expected a run folder with a config.yaml, found none; `gridring run` or `gridring train` makes "
                      "one");
        text = read_file(file);
    });
    world.broadcast(text);
    Settings settings;
    comm::run_together(world, [&] {
        settings = parse_settings(text, file.string(), {});
        use_key_of(settings, use);
    });
    settings.folder = settings.extract.folder = folder;  // the folder may have been moved
    return settings;
}

}  // namespace gridring::app
