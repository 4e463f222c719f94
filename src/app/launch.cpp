// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "app/child_process.hpp"
#include "app/commands.hpp"
#include "app/supervisor.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

struct LaunchArguments {
    std::vector<std::string> command;
    std::string hosts, mpirun;
    int ranks = 0, restarts = 10;
    double backoff = 1, stall = 0, stall_start = 600;
    bool is_elastic = false;
};

/// What `command` (train or run, CONFIG, …) asks for; without a training where that is help.
Action action_of(std::vector<std::string> command) {
    CLI::App app;
    Action action;
    std::string log_level;
    add_common(app, log_level, action);
    add_train(app, action);
    add_run(app, action);
    std::ranges::reverse(command);  // as CLI11 takes them
    try {
        app.parse(std::move(command));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) throw ConfigError(fmt::format("launch: {}", error.what()));
    }
    return action;
}

/// What is known of the training that `command` makes, if it makes one.
void add_training(const std::vector<std::string>& command, LaunchPlan& plan) {
    constexpr std::array trainings{"train", "run"};
    if (std::ranges::find(trainings, command.front()) == trainings.end()) return;
    const Action action = action_of(command);
    if (!action.training) return;
    plan.status = read_settings(action.training->config, action.training->overrides).status_file();
    plan.until = action.until;
}

LaunchPlan plan_of(const LaunchArguments& arguments) {
    const auto require = [](bool holds, const std::string& problem) {
        if (!holds) throw ConfigError(problem);
    };
    LaunchPlan plan;
    if (!arguments.hosts.empty()) plan.hosts = parse_hosts(arguments.hosts);
    const int slots = slots_of(plan.hosts);
    require(arguments.ranks >= 0 && (arguments.ranks > 0 || slots > 0),
            "launch: expected the number of ranks, -n N, or --hosts with their slots");
    require(arguments.restarts >= 0, fmt::format("--restarts: expected at least 0, found {}", arguments.restarts));
    require(arguments.backoff >= 0 && arguments.stall >= 0 && arguments.stall_start >= 0,
            "--backoff, --stall, --stall-start: expected seconds, at least 0");
    require(!arguments.command.front().starts_with('-'),
            fmt::format("launch: expected a subcommand behind --, found '{}'", arguments.command.front()));
    constexpr std::array alone{"launch", "sweep", "emulate", "import", "inspect", "report"};
    require(std::ranges::find(alone, arguments.command.front()) == alone.end(),
            fmt::format("launch: expected a subcommand of several ranks, such as train, found '{}'",
                        arguments.command.front()));
    plan.ranks = arguments.ranks > 0 ? arguments.ranks : slots;
    plan.is_elastic = arguments.is_elastic;
    plan.restarts = arguments.restarts;
    plan.backoff = std::chrono::duration<double>(arguments.backoff);
    plan.stall = std::chrono::duration<double>(arguments.stall);
    const bool is_bounded = arguments.stall > 0 && arguments.stall_start > 0;
    if (is_bounded && arguments.command.front() == "train")  // others extract before, who knows how long
        plan.first_step = std::chrono::duration<double>(arguments.stall_start + arguments.stall);
    plan.mpirun = words_of(arguments.mpirun);
    plan.program = {fs::read_symlink("/proc/self/exe").string()};
    plan.program.insert(plan.program.end(), arguments.command.begin(), arguments.command.end());
    add_training(arguments.command, plan);
    return plan;
}

}  // namespace

void add_launch(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "launch", "Runs a subcommand by mpirun, and again from its last checkpoint when ranks or hosts are lost");
    command->footer(
        "What another start would not mend (configuration, data, numbers) ends it; its exit code is that of the "
        "subcommand.\n"
        "SIGTERM, SIGUSR1 and Ctrl-C stop the ranks with a checkpoint (exit code 85); the same command goes on.\n"
        "Example: gridring launch -n 4 --elastic -- train configs/demand.yaml\n"
        "         gridring launch --hosts node1:8,node2:8 --stall 600 -- train configs/demand.yaml");
    auto arguments = std::make_shared<LaunchArguments>();
    command->add_option("-n,--ranks", arguments->ranks, "ranks; 0 = all slots of --hosts");
    command->add_option("--hosts", arguments->hosts,
                        "that ranks run on, with their slots: a:4,b:4; reached by ssh, or "
                        "by what OMPI_MCA_plm_rsh_agent names");
    command->add_flag("--elastic", arguments->is_elastic, "go on with the ranks and hosts that are left");
    command->add_option("--restarts", arguments->restarts, "at most")->capture_default_str();
    command
        ->add_option("--backoff", arguments->backoff,
                     "seconds before a restart; twice as many after each without a new checkpoint, up to 60")
        ->capture_default_str();
    command
        ->add_option("--stall", arguments->stall,
                     "seconds between two steps of a training that count as a failure; 0 = wait for ever")
        ->capture_default_str();
    command
        ->add_option(
            "--stall-start", arguments->stall_start,
            "with --stall: seconds that `train` may take for all before its first step (up to 120 for the folder), "
            "which itself has those of --stall; 0 = any")
        ->capture_default_str();
    command->add_option("--mpirun", arguments->mpirun, "further options of mpirun, in one word: '--bind-to core'");
    command->add_option("COMMAND", arguments->command, "the subcommand, behind --")->required();
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) { supervise(plan_of(*arguments)); };
    });
}

}  // namespace gridring::app
