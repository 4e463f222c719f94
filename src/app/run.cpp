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

void run(const comm::Communicator& world, const Arguments& arguments) {
    const Settings settings = read_settings(arguments.config, arguments.overrides);
    const std::string command = fmt::format("mpirun -n {} gridring run {}", world.size(), arguments.config);
    const bool goes_on = is_continued(settings, arguments.is_fresh);
    if (!goes_on) start_run_folder(world, settings, command);
    extract_stage(world, settings, arguments.is_fresh);
    const Prepared prepared = prepare_stage(world, settings);
    auto model = make_model(settings, prepared.data);
    train_stage(world, settings, prepared, model, arguments.is_fresh);
    if (goes_on)
        start_run_folder(world, settings, command);  // the checkpoint is of this configuration, or we were not here
    evaluate_stage(world, settings, prepared, model);
    forecast_stage(world, settings, prepared, model);
    if (world.is_root()) write_run_footer(settings);
    report_stage(world, settings);
    if (world.is_root())
        fmt::print("report: {}\n", std::filesystem::absolute(settings.folder / "report.html").string());
}

}  // namespace

void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
    command.add_option("--set", overrides, "any key of the configuration: key.path=value (repeatable)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

void add_run(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("run", "The main job: extract, prepare, train, evaluate, forecast, report");
    command->footer("Example: mpirun -n 2 gridring run configs/demo.yaml --set train.steps=100");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("CONFIG", arguments->config, "configuration (YAML)")->required();
    command->add_flag("--fresh", arguments->is_fresh, "extract and train again, whatever the run folder holds");
    add_overrides(*command, arguments->overrides);
    command->callback([&action, arguments] {
        action.run = [arguments](const comm::Communicator* world) { run(*world, *arguments); };
    });
}

}  // namespace gridring::app
