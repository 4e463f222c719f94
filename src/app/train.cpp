// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/metrics.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"

namespace gridring::app {
namespace {

struct TrainArguments {
    ConfigArguments config;
    std::int64_t until = 0;
};

void train(const comm::Communicator& world, const TrainArguments& arguments) {
    Settings settings = read_together(world, "train", arguments.config);
    settings.train.until = arguments.until;
    const bool is_fresh = arguments.config.is_fresh;
    comm::run_together(world, [&] {  // says what is absent before a folder is made for nothing
        std::error_code error;
        const auto series = settings.series_file();
        if (world.is_root() && !std::filesystem::exists(series, error)) store::expect_series(series);
    });
    RunRecord record(world, settings, is_fresh);
    const auto metrics = serve_metrics_together(world, settings.metrics);  // whose port a start before this may have
    const Prepared prepared = prepare_stage(world, settings);
    record.begin();
    auto model = make_model(settings, prepared.data);
    const Trained trained = train_stage(world, settings, prepared, model, is_fresh);
    record.training_done(trained.has_trained);
    end_if_stopped(world, settings, trained);
    record.finish();
    if (world.is_root()) fmt::print("checkpoint: {}\n", settings.checkpoint_file().string());
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("train", "Trains on <run.folder>/series.h5, or goes on from its checkpoint");
    command->footer("Example: gridring extract configs/demo.yaml && mpirun -n 4 gridring train configs/demo.yaml");
    auto arguments = std::make_shared<TrainArguments>();
    add_config(*command, arguments->config, "start from step 0 even when there is a checkpoint");
    command->get_option("CONFIG")->required();
    command
        ->add_option(
            "--until", arguments->until,
            "stop after this step as if asked to: checkpoint, exit code 85; without it the same command goes on")
        ->check(CLI::Range(1, 1'000'000'000));
    command->callback([&action, arguments] {
        action.training = arguments->config;
        action.until = arguments->until;
        action.run = [arguments](const comm::Communicator* world) { train(*world, *arguments); };
    });
}

}  // namespace gridring::app
