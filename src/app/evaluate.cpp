// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"

namespace gridring::app {
namespace {

using Stage = void (*)(const comm::Communicator&, const Settings&, const Prepared&, model::EnergyTransformer&);

void run_stage(const comm::Communicator& world, const std::string& folder, const char* name, Stage stage) {
    Settings settings = settings_of_run(world, folder);
    settings.command = fmt::format("mpirun -n {} gridring {} {}", world.size(), name, folder);
    const Prepared prepared = prepare_stage(world, settings);
    auto model = make_model(settings, prepared.data);
    train::load_parameters(world, settings.checkpoint_file(), model, prepared.data, prepared.split);
    stage(world, settings, prepared, model);
}

void add_stage(CLI::App& app, Action& action, const char* name, const char* help, Stage stage) {
    auto* command = app.add_subcommand(name, help);
    command->footer(std::string("Example: mpirun -n 2 gridring ") + name + " runs/demo");
    auto folder = std::make_shared<std::string>();
    command->add_option("RUN_DIR", *folder, "run folder with config.yaml, series.h5 and checkpoint.h5")->required();
    command->callback([&action, folder, name, stage] {
        action.run = [folder, name, stage](const comm::Communicator* world) {
            run_stage(*world, *folder, name, stage);
        };
    });
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
    add_stage(app, action, "evaluate", "Scores the checkpoint on the held-back tail against both naive forecasts",
              evaluate_stage);
    add_stage(app, action, "forecast", "Forecasts the 24 hours after the last one, with a band", forecast_stage);
}

}  // namespace gridring::app
