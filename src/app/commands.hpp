// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"

namespace CLI {
class App;
}

namespace gridring::app {

/// What every command with a configuration takes.
struct ConfigArguments {
    std::string config;
    std::vector<std::string> overrides;
    bool is_fresh = false;
};

/// What a parsed command line asks for. `needs_mpi` is false where several ranks would make no sense.
struct Action {
    std::function<void(const comm::Communicator* world)> run;
    bool needs_mpi = true;
    std::string program;                      ///< its name, as typed
    std::string command;                      ///< the words behind it, as typed
    std::string trace;                        ///< file for a trace of all ranks; empty = none
    std::optional<ConfigArguments> training;  ///< of `train` and `run`: what they train
    std::int64_t until = 0;                   ///< and the step behind which `train` is to stop; 0 = none
};

/// The options of all subcommands.
void add_common(CLI::App& app, std::string& log_level, Action& action);

/// One file a subcommand: adds its options to `app` and, when chosen, fills `action`.
void add_run(CLI::App& app, Action& action);
void add_extract(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_emulate(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);  ///< evaluate and forecast
void add_explain(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_dashboard(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_attend(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_launch(CLI::App& app, Action& action);
void add_live(CLI::App& app, Action& action);
void add_key(CLI::App& app, Action& action);
void add_encrypt(CLI::App& app, Action& action);
void add_decrypt(CLI::App& app, Action& action);

void add_config(CLI::App& command, ConfigArguments& arguments, const char* fresh_help);
/// The same settings, or the same error, on every rank; with the command as it can be typed again, and with their
/// encryption key in use. Collective.
Settings read_together(const comm::Communicator& world, const char* subcommand, const ConfigArguments& arguments);

}  // namespace gridring::app
