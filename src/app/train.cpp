// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"

namespace gridring::app {
namespace {

struct Arguments {
    std::string config;
    std::vector<std::string> overrides;
    bool is_fresh = false;
};

void train(const comm::Communicator& world, const Arguments& arguments) {
    const Settings settings = read_settings(arguments.config, arguments.overrides);
    const Prepared prepared = prepare_stage(world, settings);
    const std::string command = fmt::format("mpirun -n {} gridring train {}", world.size(), arguments.config);
    const bool goes_on = is_continued(settings, arguments.is_fresh);
    if (!goes_on) start_run_folder(world, settings, command);
    auto model = make_model(settings, prepared.data);
    train_stage(world, settings, prepared, model, arguments.is_fresh);
    if (goes_on) start_run_folder(world, settings, command);
    if (world.is_root()) write_run_footer(settings);
    if (world.is_root()) fmt::print("checkpoint: {}\n", settings.checkpoint_file().string());
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("train", "Trains on <run.folder>/series.h5, or goes on from its checkpoint");
    command->footer("Example: gridring extract configs/demo.yaml && mpirun -n 4 gridring train configs/demo.yaml");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("CONFIG", arguments->config, "configuration (YAML)")->required();
    command->add_flag("--fresh", arguments->is_fresh, "start from step 0 even when there is a checkpoint");
    add_overrides(*command, arguments->overrides);
    command->callback([&action, arguments] {
        action.run = [arguments](const comm::Communicator* world) { train(*world, *arguments); };
    });
}

}  // namespace gridring::app
