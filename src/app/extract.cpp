// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/stages.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

struct Arguments : ConfigArguments {
    std::string from, to;
    std::vector<std::string> regions;
    bool is_test = false;
};

/// The options are short names for configuration keys, and win over the file.
Settings settings_of(const Arguments& arguments) {
    Settings settings = read_settings(arguments.config, arguments.overrides);
    if (arguments.is_test)
        settings.extract.from = *parse_hour("2024-01-01T00"), settings.extract.to = *parse_hour("2024-01-31T23");
    if (!arguments.from.empty()) settings.extract.from = require_hour(arguments.from, "--from");
    if (!arguments.to.empty()) settings.extract.to = require_hour(arguments.to, "--to");
    if (!arguments.regions.empty())
        (settings.source == SourceKind::caiso ? settings.caiso.zones : settings.extract.regions) = arguments.regions;
    if (settings.extract.to < settings.extract.from)
        throw ConfigError("--to: expected an hour not before " + to_string(settings.extract.from) + ", found " +
                          to_string(settings.extract.to));
    return settings;
}

}  // namespace

void add_extract(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("extract", "Extracts hourly series over HTTP into <run.folder>/series.h5");
    command->footer(
        "Example: EIA_API_KEY=… gridring extract configs/extract.yaml --from 2024-01-01T00 --to 2024-12-31T23 "
        "--regions PACW,CISO");
    auto arguments = std::make_shared<Arguments>();
    add_config(*command, *arguments, "extract again even when series.h5 is complete");
    command->add_flag("--test", arguments->is_test, "January 2024 only");
    command->add_option("--from", arguments->from, "first hour (UTC, hour ending), inclusive");
    command->add_option("--to", arguments->to, "last hour, inclusive");
    command
        ->add_option("--regions", arguments->regions,
                     "respondents, such as PACW,CISO; zones of caiso, such as 'CA ISO-TAC'")
        ->delimiter(',');
    command->callback([&action, arguments] {
        action.run = [arguments](const comm::Communicator* world) {
            Settings settings;
            comm::run_together(*world, [&] { settings = settings_of(*arguments); });
            extract_stage(*world, settings, arguments->is_fresh);
        };
    });
}

}  // namespace gridring::app
