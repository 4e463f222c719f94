// SPDX-License-Identifier: MIT
#include "app/commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/encryption.hpp"

namespace gridring::app {
namespace {

std::string command_line(const comm::Communicator& world, const char* subcommand, const ConfigArguments& arguments) {
    std::string text = fmt::format("mpirun -n {} gridring {} {}", world.size(), subcommand, arguments.config);
    for (const auto& override_text : arguments.overrides) text += fmt::format(" --set '{}'", override_text);
    return arguments.is_fresh ? text + " --fresh" : text;
}

}  // namespace

void add_common(CLI::App& app, std::string& log_level, Action& action) {
    app.add_option("--log-level", log_level, "debug, info, warning, error or off")->capture_default_str();
    app.add_option(
           "--trace", action.trace,
           "file that tells afterwards what every thread of every rank did when, for chrome://tracing and Perfetto")
        ->type_name("FILE");
    app.fallthrough();
}

void add_config(CLI::App& command, ConfigArguments& arguments, const char* fresh_help) {
    command.add_option("CONFIG", arguments.config, "configuration (YAML)");
    command.add_flag("--fresh", arguments.is_fresh, fresh_help);
    command.add_option("--set", arguments.overrides, "any key of the configuration: key.path=value (repeatable)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

Settings read_together(const comm::Communicator& world, const char* subcommand, const ConfigArguments& arguments) {
    Settings settings;
    comm::run_together(world, [&] {
        settings = read_settings(arguments.config, arguments.overrides);
        use_key_of(settings);
    });
    settings.command = command_line(world, subcommand, arguments);
    return settings;
}

}  // namespace gridring::app
