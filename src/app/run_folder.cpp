// SPDX-License-Identifier: MIT
#include "app/run_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
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

}  // namespace

bool is_continued(const Settings& settings, bool is_fresh) {
    return !is_fresh && std::filesystem::exists(settings.checkpoint_file());
}

void start_run_folder(const comm::Communicator& world, const Settings& settings, const std::string& command) {
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        std::filesystem::create_directories(settings.folder);
        write_file_atomically(settings.folder / "config.yaml", dump_settings(settings));
        write_json(settings.folder / "run.json", {{"command", command},
                                                  {"git_commit", git_commit()},
                                                  {"version", version()},
                                                  {"started_at", utc_timestamp()},
                                                  {"finished_at", nullptr},
                                                  {"seed", settings.seed},
                                                  {"ranks", world.size()},
                                                  {"threads", 1},
                                                  {"host", host_name()}});
    });
}

void write_run_footer(const Settings& settings) {
    Json header = Json::parse(read_file(settings.folder / "run.json"));
    header["finished_at"] = utc_timestamp();
    write_json(settings.folder / "run.json", header);
}

void write_training(const Settings& settings, const train::Report& report, const series::Dataset& data,
                    const train::Split& split, std::int64_t parameters, int ranks) {
    const auto& train = settings.train;
    write_json(settings.folder / "training.json", {{"steps", train.steps},
                                                   {"first_step", report.first_step},
                                                   {"parameters", parameters},
                                                   {"training_loss", report.training_loss},
                                                   {"validation_step", report.validation_step},
                                                   {"validation_loss", report.validation_loss},
                                                   {"gradient_norm", report.gradient_norm},
                                                   {"seconds", report.seconds},
                                                   {"tokens_per_second", report.tokens_per_second},
                                                   {"train_from", to_string(data.first)},
                                                   {"train_to", to_string(data.hour_at(split.train_end - 1))},
                                                   {"validation_to", to_string(data.hour_at(split.validation_end - 1))},
                                                   {"test_to", to_string(data.hour_at(data.hours - 1))},
                                                   {"sequence_hours", train.sequence_hours},
                                                   {"batch", train.batch},
                                                   {"ranks", ranks},
                                                   {"ring",
                                                    {{"partition", ring::to_string(train.partition)},
                                                     {"exchange", comm::to_string(train.ring.exchange)},
                                                     {"backend", train.ring.backend->name},
                                                     {"forward_calls", report.ring.forward_calls},
                                                     {"backward_calls", report.ring.backward_calls},
                                                     {"forward", hops(report.ring.forward)},
                                                     {"backward", hops(report.ring.backward)}}}});
}

Settings settings_of_run(const std::filesystem::path& folder) {
    const auto file = folder / "config.yaml";
    if (!std::filesystem::exists(file))
        throw StoreError(
            folder.string(),
            "expected a run folder with a config.yaml, found none; `gridring run` or `gridring train` makes one");
    Settings settings = read_settings(file.string(), {});
    settings.folder = settings.extract.folder = folder;  // the folder may have been moved
    return settings;
}

}  // namespace gridring::app
