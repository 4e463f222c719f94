// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/extraction.hpp"
#include "app/metrics.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"

namespace gridring::app {
namespace {

void run(const comm::Communicator& world, const ConfigArguments& arguments) {
    const Settings settings = read_together(world, "run", arguments);
    RunRecord record(world, settings, arguments.is_fresh);
    const auto metrics = serve_metrics_together(world, settings.metrics);
    record.begin();
    const bool is_stopped = extract_stage(world, settings, {.is_fresh = arguments.is_fresh});
    comm::run_together(world, [&] {
        if (is_stopped) throw StoppedError("stopped as asked, the series is there; the same command goes on");
    });
    const Prepared prepared = prepare_stage(world, settings);
    auto model = make_model(settings, prepared.data);
    const Trained trained = train_stage(world, settings, prepared, model, arguments.is_fresh);
    record.training_done(trained.has_trained);
    end_if_stopped(world, settings, trained);
    evaluate_stage(world, settings, prepared, model);
    forecast_stage(world, settings, prepared, model);
    record.finish();
    report_stage(world, settings);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("run", "The main job: extract, prepare, train, evaluate, forecast, report");
    command->footer("Example: mpirun -n 2 gridring run configs/demo.yaml --set train.steps=100");
    auto arguments = std::make_shared<ConfigArguments>();
    add_config(*command, *arguments, "extract and train again, whatever the run folder holds");
    command->get_option("CONFIG")->required();
    command->callback([&action, arguments] {
        action.training = *arguments;
        action.run = [arguments](const comm::Communicator* world) { run(*world, *arguments); };
    });
}

}  // namespace gridring::app
