// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "app/extraction.hpp"
#include "app/metrics.hpp"
#include "gridring/comm/environment.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

struct Arguments : ConfigArguments {
    std::string from, to;
    std::vector<std::string> regions;
    bool is_test = false;
    ExtractionMode mode;
};

/// As people type lists: "PACW, CISO".
std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The options are short names for configuration keys, and win over the file. Their encryption key is in use.
Settings settings_of(const Arguments& arguments) {
    std::vector<std::string> overrides = arguments.overrides;
    const auto set = [&](const char* key, const std::string& text, const char* option) {
        if (!text.empty()) overrides.push_back(fmt::format("{}={}", key, to_string(require_hour(text, option))));
    };
    if (arguments.is_test)
        overrides.insert(overrides.end(), {"extract.from=2024-01-01T00", "extract.to=2024-01-31T23"});
    if ((arguments.mode.updates || arguments.mode.follows) && !arguments.is_test)
        overrides.push_back("extract.to=" + to_string(latest_hour()));
    set("extract.from", arguments.from, "--from");
    set("extract.to", arguments.to, "--to");
    Settings settings = read_settings(arguments.config, overrides);
    use_key_of(settings);
    if (!arguments.regions.empty()) {
        auto& regions = settings.source == SourceKind::caiso ? settings.caiso.zones : settings.extract.regions;
        regions.clear();
        std::ranges::transform(arguments.regions, std::back_inserter(regions), trimmed);
    }
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
    auto* plan = command->add_flag("--plan", arguments->mode.plans_only,
                                   "print what would be fetched and how long it takes; fetch nothing");
    auto* update = command->add_flag("--update", arguments->mode.updates,
                                     "up to now (or --to), and the ten days before again: newer values win, each "
                                     "revision is recorded in revisions.csv");
    auto* follow =
        command->add_flag("--follow", arguments->mode.follows,
                          "an update now and every extract.follow_seconds; SIGTERM or Ctrl-C ends it in good order");
    command->add_option("--from", arguments->from, "first hour (UTC, hour ending), inclusive");
    auto* to = command->add_option("--to", arguments->to, "last hour, inclusive");
    follow->excludes(plan, update, to, command->get_option("--test"), command->get_option("--fresh"));
    command
        ->add_option("--regions", arguments->regions,
                     "respondents, such as PACW,CISO; zones of caiso, such as 'CA ISO-TAC'")
        ->delimiter(',');
    command->callback([&action, arguments] {
        action.needs_mpi = comm::Environment::launched_rank().has_value();  // a third of a second for nothing
        action.run = [arguments](const comm::Communicator* world) {
            arguments->mode.is_fresh = arguments->is_fresh;
            if (!world) {
                const Settings settings = settings_of(*arguments);
                const auto metrics = serve_metrics(settings.metrics, 0);
                extract_alone(settings, arguments->mode);
                return;
            }
            Settings settings;
            comm::run_together(*world, [&] { settings = settings_of(*arguments); });
            const auto metrics = serve_metrics_together(*world, settings.metrics);
            extract_stage(*world, settings, arguments->mode);
        };
    });
}

}  // namespace gridring::app
