// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/baselines.hpp"
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
    train::load_parameters(world, settings.checkpoint_file(), model, prepared.data, prepared.split,
                           settings.train.keep);
    stage(world, settings, prepared, model);
}

constexpr const char* folder_help = "run folder with config.yaml, series.h5 and checkpoint.h5";

void add_forecast(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("forecast", "Forecasts the 24 hours after the last one, with a band");
    command->footer("Example: mpirun -n 2 gridring forecast runs/demo");
    auto folder = std::make_shared<std::string>();
    command->add_option("RUN_DIR", *folder, folder_help)->required();
    command->callback([&action, folder] {
        action.run = [folder](const comm::Communicator* world) {
            run_stage(*world, *folder, "forecast", forecast_stage);
        };
    });
}

/// A trained run on the tail that it held back, or what is to be had without training on a folder of CSV files.
struct EvaluateArguments {
    std::string folder;
    BaselineArguments baselines;
};

void evaluate(const comm::Communicator* world, const EvaluateArguments& arguments) {
    if (arguments.baselines.data.empty() == arguments.folder.empty())
        throw ConfigError("evaluate: expected a run folder, or --data DIR for the baselines on a folder of CSV files");
    if (world) return run_stage(*world, arguments.folder, "evaluate", evaluate_stage);
    compare_baselines(arguments.baselines);
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "evaluate", "Scores the checkpoint on the held-back tail; with --data, boosting, ridge and naive forecasts");
    command->footer(
        "Examples: mpirun -n 2 gridring evaluate runs/demo\n"
        "          gridring evaluate --data DIR --from 2019-01-01 --to 2019-12-31");
    auto arguments = std::make_shared<EvaluateArguments>();
    BaselineArguments& baselines = arguments->baselines;
    command->add_option("RUN_DIR", arguments->folder, folder_help);
    auto* data = command->add_option("--data", baselines.data, "folder of <RESPONDENT>.csv[.gz]: period,D[,anomaly]");
    auto* from =
        command->add_option("--from", baselines.from, "first local day to forecast; learns from what is before");
    auto* to = command->add_option("--to", baselines.to, "last local day to forecast");
    data->needs(from, to);
    command->add_option("--regions", baselines.regions, "respondents; default: all in the folder")->delimiter(',');
    command->add_option("--horizons", baselines.horizons, "hours ahead to judge over")
        ->delimiter(',')
        ->capture_default_str();
    command->add_flag("--day-ahead", baselines.is_day_ahead,
                      "forecast each day from 09:00 of the day before, beside the operator's own (column DF)");
    command->add_option("--seed", baselines.seed, "of boosting")->capture_default_str();
    command->callback([&action, arguments] {
        action.needs_mpi = arguments->baselines.data.empty();
        action.run = [arguments](const comm::Communicator* world) { evaluate(world, *arguments); };
    });
    add_forecast(app, action);
}

}  // namespace gridring::app
