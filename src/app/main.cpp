// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "app/trace_file.hpp"
#include "gridring/comm/environment.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace {

using namespace gridring;

constexpr const char* closing =
    "Exit codes: 0 done, 2 usage or configuration, 3 data or file, 4 network, 5 communication, 6 numeric, 7 bug,\n"
    "85 stopped as asked: the same command goes on.\n"
    "Example: mpirun -n 2 gridring run configs/demo.yaml";

int launched_rank() { return comm::Environment::launched_rank().value_or(0); }

int code_of(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    return static_cast<int>(known ? known->exit_code() : ExitCode::bug);
}

/// An error that every rank agreed on ends all of them in order; one that this rank met alone ends them by force, since
/// the others may wait for this one for ever. Rank 0 speaks first, so that the message appears once.
int fail(const std::exception& error, const comm::Communicator* world) {
    const bool is_shared = !world || world->size() == 1 || dynamic_cast<const comm::AgreedError*>(&error);
    const int rank = world ? world->rank() : 0;
    if (is_shared) {
        const int code = code_of(error);
        if (rank == 0 && code == static_cast<int>(ExitCode::stopped)) log::info(error.what());
        if (rank == 0 && code != static_cast<int>(ExitCode::stopped)) log::error(error.what());
        return code;
    }
    if (rank != 0) std::this_thread::sleep_for(std::chrono::seconds{1});
    log::set_level(log::Level::error);
    log::error(fmt::format("rank {}: {}", rank, error.what()));
    comm::Environment::abort(code_of(error));
}

/// CLI11's own words, but for a subcommand that there is not.
void explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    std::vector<std::string> known;
    for (const auto* command : app.get_subcommands(nullptr)) known.push_back(command->get_name());
    const std::string first = argc > 1 ? argv[1] : "-";
    if (error.get_exit_code() == 0 || first.starts_with('-') || std::ranges::find(known, first) != known.end()) {
        app.exit(error);
        return;
    }
    log::error(fmt::format("unknown subcommand '{}'; known: {}", first, fmt::join(known, ", ")));
}

/// Of a failed command; that this fails as well must not hide why.
void try_to_write(const app::TraceFile& trace, const std::string& command) {
    try {
        trace.write(command);
    } catch (const Error& error) {
        log::error(error.what());
    }
}

/// An error that all ranks agree on ends the trace as well as the work.
void run(const app::Action& action, const comm::Communicator* world) {
    if (action.trace.empty()) return action.run(world);
    const app::TraceFile trace(action.trace, world);
    try {
        action.run(world);
    } catch (const Error& error) {
        const bool is_shared = !world || world->size() == 1 || dynamic_cast<const comm::AgreedError*>(&error);
        if (is_shared) try_to_write(trace, action.command);
        throw;
    }
    trace.write(action.command);
}

int run_action(const app::Action& action, log::Level level, int argc, char** argv) {
    std::optional<comm::Environment> environment;
    std::optional<comm::Communicator> world;
    try {
        if (action.needs_mpi) {
            environment.emplace(argc, argv);
            world.emplace(comm::Communicator::world());
        }
        log::set_level(!world || world->is_root() ? level : log::Level::off);
        world ? comm::run_together(*world, app::use_key_of_environment) : app::use_key_of_environment();
        run(action, world ? &*world : nullptr);
        return 0;
    } catch (const std::exception& error) {
        return fail(error, world ? &*world : nullptr);
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"gridring: ring attention on years of hourly electricity data", "gridring"};
    app.footer(closing);
    app.set_version_flag("--version", fmt::format("gridring {} ({})", version(), git_commit()));
    app.require_subcommand(1);
    std::string level_name = "info";
    app::Action action;
    add_common(app, level_name, action);
    action.program = argc > 0 ? argv[0] : "gridring";
    action.command = fmt::format("{}", fmt::join(argv + std::min(argc, 1), argv + argc, " "));
    try {
        for (const auto add :
             {app::add_run, app::add_extract, app::add_import, app::add_emulate, app::add_train, app::add_evaluate,
              app::add_explain, app::add_report, app::add_dashboard, app::add_inspect, app::add_attend, app::add_bench,
              app::add_sweep, app::add_launch, app::add_live, app::add_key, app::add_encrypt, app::add_decrypt})
            add(app, action);
        app.parse(argc, argv);
        return run_action(action, log::parse_level(level_name), argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool is_help = error.get_exit_code() == 0;
        if (launched_rank() == 0) explain(app, error, argc, argv);
        return static_cast<int>(is_help ? ExitCode::done : ExitCode::usage);
    } catch (const Error& error) {
        if (launched_rank() == 0) log::error(error.what());
        return static_cast<int>(error.exit_code());
    }
}
