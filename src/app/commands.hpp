// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"

namespace CLI {
class App;
}

namespace gridring::app {

/// What a parsed command line asks for. `needs_mpi` is false where several ranks would make no sense.
struct Action {
    std::function<void(const comm::Communicator* world)> run;
    bool needs_mpi = true;
};

/// One file a subcommand: adds its options to `app` and, when chosen, fills `action`.
void add_run(CLI::App& app, Action& action);
void add_extract(CLI::App& app, Action& action);
void add_emulate(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);  ///< evaluate and forecast
void add_report(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);

/// The --set option that every command with a configuration has.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides);

}  // namespace gridring::app
