// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/committee.hpp"
#include "app/contest_stage.hpp"
#include "app/ltsf_stage.hpp"
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

constexpr const char* folder_help =
    "run folder with config.yaml, series.h5 and checkpoint.h5; or one that has such in members/, as a sweep leaves "
    "it: their forecasts are averaged";
constexpr const char* time_zone_help =
    "of regions that are no balancing authorities of EIA-930: Europe/Berlin; default: UTC";

/// Behind the hours of `arguments.data`, or of the series that the first of them was trained on.
void forecast_together(const comm::Communicator& world, const std::string& folder, ContestArguments arguments) {
    arguments.horizons = {1};
    Committee committee(world, folder, arguments);
    const RunOnFolder& run = committee.furthest();
    const std::int64_t hours = arguments.hours_ahead > 0 ? arguments.hours_ahead : run.settings().model.horizon;
    forecast_last(world, run.settings(), run.data(), std::filesystem::path(folder) / "forecast.h5",
                  [&] { return committee.forecast_last(hours); });
}

void add_forecast(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("forecast", "Forecasts the hours after the last one, with a band");
    command->footer("Example: mpirun -n 2 gridring forecast runs/demo");
    auto folder = std::make_shared<std::string>();
    auto newer = std::make_shared<ContestArguments>();
    command->add_option("RUN_DIR", *folder, folder_help)->required();
    auto* data = command->add_option("--data", newer->data,
                                     "forecast behind the hours of this series.h5 or folder instead of the run's own");
    command->add_option("--time-zone", newer->time_zone, time_zone_help)->needs(data);
    command
        ->add_option("--hours", newer->hours_ahead,
                     "how many; default: model.horizon. Behind that its medians stand for what came")
        ->check(CLI::Range(1, 100'000));
    command->callback([&action, folder, newer] {
        newer->command = action.command;
        action.run = [folder, newer](const comm::Communicator* world) {
            if (newer->data.empty() && newer->hours_ahead == 0 && !is_committee(*world, *folder))
                return run_stage(*world, *folder, "forecast", forecast_stage);
            forecast_together(*world, *folder, *newer);
        };
    });
}

/// A trained run on the tail that it held back; or forecasts of a folder of CSV files, with a run's model or without.
struct EvaluateArguments {
    std::string folder, protocol;
    ContestArguments contest;
};

void evaluate(const comm::Communicator* world, const EvaluateArguments& arguments) {
    if (arguments.folder.empty()) return run_contest(arguments.contest);
    if (arguments.protocol == "ltsf")
        return run_stage(*world, arguments.folder, "evaluate --protocol ltsf", ltsf_stage);
    if (arguments.contest.data.empty()) {
        const bool are_many = is_committee(*world, arguments.folder);
        comm::run_together(*world, [&] {
            if (are_many)
                throw ConfigError(
                    fmt::format("{}: a sweep's runs are judged together on other series. Mend: --data DIR "
                                "--from DAY --to DAY, or name one of its members/",
                                arguments.folder));
        });
        return run_stage(*world, arguments.folder, "evaluate", evaluate_stage);
    }
    run_contest(*world, arguments.folder, arguments.contest);
}

void add_contest_options(CLI::App& command, ContestArguments& contest) {
    auto* data = command.add_option(
        "--data", contest.data,
        "folder of <RESPONDENT>.csv[.gz]: period,D[,DF][,anomaly]; or a series.h5, as `gridring import` makes it");
    auto* from = command.add_option("--from", contest.from, "first local day to forecast; baselines learn from before");
    auto* to = command.add_option("--to", contest.to, "last local day to forecast");
    data->needs(from, to);
    const auto of_folder = [&](CLI::Option* option) {
        option->needs(data);
        return option;
    };
    of_folder(from), of_folder(to);
    of_folder(command.add_option("--regions", contest.regions, "respondents; default: all in the folder"))
        ->delimiter(',')
        ->allow_extra_args(false);
    of_folder(command.add_option("--horizons", contest.horizons, "hours ahead to judge over"))
        ->delimiter(',')
        ->allow_extra_args(false)
        ->capture_default_str();
    auto* origins = of_folder(command.add_option("--origins", contest.origins,
                                                 "midnight-local, or day-ahead: each day from 09:00 of the day before, "
                                                 "beside the operator's own (column DF)"))
                        ->check(CLI::IsMember({"midnight-local", "day-ahead"}))
                        ->capture_default_str();
    of_folder(command.add_flag_callback(
                  "--day-ahead", [&contest] { contest.origins = "day-ahead"; }, "the same as --origins day-ahead"))
        ->excludes(origins);
    of_folder(command.add_option("--baselines", contest.baselines,
                                 "all, naive, none, or names: boosting, ridge-672, ridge-2016, operator, 4-weeks, "
                                 "naive-24h, naive-168h, naive-364d"))
        ->delimiter(',')
        ->allow_extra_args(false)
        ->capture_default_str();
    of_folder(command.add_option("--compare", contest.compare,
                                 "two forecasts to compare; default: the first with the best of the others"))
        ->delimiter(',')
        ->allow_extra_args(false);
    of_folder(command.add_option("--with", contest.with,
                                 "further run folders, whose forecasts are averaged with RUN_DIR's; may be repeated"))
        ->allow_extra_args(false);
    of_folder(command.add_option("--context", contest.context_hours,
                                 "hours that each origin sees, or up to 5 % less; default: as the run's configuration "
                                 "says"))
        ->check(CLI::Range(1, 10'000'000));
    of_folder(
        command.add_option("--calibrate", contest.calibrate,
                           "mends the model's quantiles by what they missed: online, origin after origin, or on "
                           "days such as 2018-01-01..2018-12-31; none; default: as the run's configuration says"));
    of_folder(command.add_option("--output", contest.output,
                                 "folder of results.h5 and scores.json; default: RUN_DIR, without one: not written"));
    of_folder(command.add_option("--time-zone", contest.time_zone, time_zone_help));
    of_folder(command.add_option("--known-ahead", contest.covariates.known_ahead,
                                 "without a run, variables that boosting may see of the hours it forecasts, such as "
                                 "temperature_c; a run's configuration tells its own"))
        ->delimiter(',')
        ->allow_extra_args(false);
    of_folder(command.add_option("--seed", contest.seed, "of boosting"))->capture_default_str();
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("evaluate",
                                       "Scores a run on the tail that it held back; with --data on a folder of CSV "
                                       "files, beside boosting, ridge and naive forecasts");
    command->footer(
        "Examples: mpirun -n 2 gridring evaluate runs/demo\n"
        "          mpirun -n 2 gridring evaluate runs/demo --data DIR --from 2019-01-01 --to 2019-12-31\n"
        "          gridring evaluate --data DIR --from 2019-01-01 --to 2019-12-31");
    auto arguments = std::make_shared<EvaluateArguments>();
    command->add_option("RUN_DIR", arguments->folder, folder_help);
    add_contest_options(*command, arguments->contest);
    command
        ->add_option("--protocol", arguments->protocol,
                     "ltsf: every hour of the run's tail an origin, MSE and MAE in standard deviations, as papers on "
                     "ETT print them")
        ->check(CLI::IsMember({"ltsf"}))
        ->excludes(command->get_option("--data"));
    command->callback([&action, arguments] {
        if (arguments->contest.data.empty() && arguments->folder.empty())
            throw ConfigError(
                "evaluate: expected a run folder, or --data DIR for the baselines on a folder of CSV files");
        if (!arguments->folder.empty() && !arguments->contest.covariates.empty())
            throw ConfigError("--known-ahead: the run's configuration tells what its model sees; leave it out");
        action.needs_mpi = !arguments->folder.empty();
        arguments->contest.command = action.command;
        action.run = [arguments](const comm::Communicator* world) { evaluate(world, *arguments); };
    });
    add_forecast(app, action);
}

}  // namespace gridring::app
