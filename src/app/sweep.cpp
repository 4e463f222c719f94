// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>

#include "app/baselines.hpp"
#include "app/child_process.hpp"
#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "app/extraction.hpp"
#include "app/stop_signal.hpp"
#include "app/supervisor.hpp"
#include "app/sweep_halving.hpp"
#include "app/sweep_progress.hpp"
#include "app/sweep_run.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/folder_lock.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

struct SweepArguments {
    std::string file, folder, program, command, launcher = "local", srun;
    std::vector<std::string> set;
    int parallel = 1, ranks = 1, member = 0;
    bool is_dry = false, is_tables = false;
};

/// Of a sweep's folder. The programs that a sweep starts keep it until they have ended, also where it is killed.
constexpr LockTerms sole_sweep{
    .holder = "another sweep, or a member that one started,", .option = "--folder", .is_inherited = true};
/// Of members that run by themselves, as many as like.
constexpr LockTerms one_of_many{
    .holder = sole_sweep.holder, .option = sole_sweep.option, .is_shared = true, .is_inherited = true};
/// The first of them brings the series, the others wait.
constexpr LockTerms first_of_many{.holder = "another member",
                                  .option = "--folder",
                                  .file = ".series.lock",
                                  .is_required = true,
                                  .patience = std::chrono::hours(24)};

fs::path made(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);  // where it fails the lock says so
    return folder;
}

sweep::Plan plan_of(const SweepArguments& arguments) {
    sweep::Plan plan = sweep::read_plan(arguments.file, arguments.set);
    if (!arguments.folder.empty()) plan.folder = arguments.folder;
    if (plan.seeds.empty()) plan.seeds = {read_settings(plan.base.string(), plan.set).seed};
    if (!plan.judge.data.empty()) {
        const auto judge = judge_arguments(plan.judge);
        check(judge);
        check_baselines(judge);
        std::error_code error;
        if (!fs::exists(plan.judge.data, error))
            throw ConfigError(fmt::format("{}: /judge/data: expected a folder or a series file, found none at {}",
                                          arguments.file, plan.judge.data));
    }
    return plan;
}

bool is_by_slurm(const SweepArguments& arguments) { return arguments.launcher == "slurm"; }

/// Under Slurm each program is a job of its own; the time that it waits is not the training's, so Slurm keeps the
/// limit.
std::vector<std::string> program_of(const SweepArguments& arguments, const sweep::Plan& plan) {
    std::vector<std::string> words;
    if (is_by_slurm(arguments)) {
        words = {"srun", "--mpi=pmix", "--kill-on-bad-exit=1", fmt::format("--ntasks={}", arguments.ranks)};
        if (plan.minutes > 0) words.push_back(fmt::format("--time={}", std::lround(std::ceil(plan.minutes))));
        const auto further = words_of(arguments.srun);
        words.insert(words.end(), further.begin(), further.end());
    } else if (arguments.ranks > 1) {
        words = {"mpirun", "-n", std::to_string(arguments.ranks)};
    }
    words.push_back(arguments.program);
    return words;
}

const char* name_of(sweep::Work work) {
    switch (work) {
        case sweep::Work::nothing:
            return "done";
        case sweep::Work::resume:
            return "goes on";
        default:
            return "to do";
    }
}

void print_plan(const SweepRunOptions& options, const std::vector<SweepTask>& tasks) {
    for (const SweepTask& task : tasks)
        fmt::print("{:<8} {}: {}\n", name_of(task.work), task.member.name, fmt::join(task.member.overrides, " "));
    fmt::print("{} members, the first by\n", tasks.size());
    for (const std::string& command : commands_of(options, tasks.front())) fmt::print("    {}\n", command);
}

/// The series that all members share; extracted where it is not there.
void bring_series(const sweep::Plan& plan) {
    if (!plan.series.empty()) return store::expect_series(plan.series);
    if (extract_alone(sweep_extraction(plan), {}))
        throw StoppedError("stopped as asked, the series is there; the same command goes on");
}

void run_tasks(const SweepArguments& arguments, const sweep::Plan& plan, const SweepRunOptions& options,
               const std::vector<SweepTask>& tasks, SweepProgress& progress) {
    std::vector<std::size_t> left;
    for (std::size_t task = 0; task < tasks.size(); ++task)
        tasks[task].work == sweep::Work::nothing ? progress.found_done(task) : left.push_back(task);
    fmt::print("{} member{}, {} of them done, in {}\n", tasks.size(), tasks.size() == 1 ? "" : "s",
               tasks.size() - left.size(), tasks.front().folder.parent_path().string());
    std::fflush(stdout);
    int signal = 0;
    {
        const StopSignal stop("stopping: the programs of this sweep are ended (once more leaves at once)");
        const std::stop_token stop_token = stop.token();
        if (plan.halving.first_steps > 0 && !left.empty()) {
            const auto survivors = run_halving({plan, options, tasks, arguments.parallel, stop_token, progress});
            std::erase_if(left, [&](std::size_t task) { return !std::ranges::binary_search(survivors, task); });
        }
        run_locally(
            left, arguments.parallel, stop.token(),
            [&](std::size_t task) {
                log::info(fmt::format("{} begins", tasks[task].member.name));
                return run_member(options, tasks[task], stop.token());
            },
            [&](std::size_t task, const sweep::Record& record) { progress.ended(task, record); });
        signal = stop.signal();
    }
    progress.conclude("gridring " + arguments.command);
    if (signal != 0)
        throw StoppedError(fmt::format("stopped as asked: {} of {} members are done; the same command goes on",
                                       progress.done(), tasks.size()));
}

/// Of a batch system's array: one member by itself, which may run beside others.
void run_one(const SweepArguments& arguments, const sweep::Plan& plan, const SweepRunOptions& options,
             std::vector<SweepTask>& tasks) {
    if (arguments.member > std::ssize(tasks))
        throw ConfigError(fmt::format("--member: expected 1 to {}, found {}", tasks.size(), arguments.member));
    const FolderLock beside(made(plan.folder), one_of_many);
    {
        const FolderLock first(plan.folder, first_of_many);
        bring_series(plan);
    }
    fingerprint_tasks(plan, options.series, tasks);
    const SweepTask& task = tasks[static_cast<std::size_t>(arguments.member - 1)];
    if (task.work == sweep::Work::nothing) return log::info(fmt::format("{} is done", task.member.name));
    const FolderLock alone(made(task.folder), sole_sweep);
    int signal = 0;
    sweep::Record record;
    {
        const StopSignal stop("stopping: the programs of this member are ended (once more leaves at once)");
        log::info(fmt::format("{} begins", task.member.name));
        record = run_member(options, task, stop.token());
        signal = stop.signal();
    }
    if (signal != 0 || record.state == sweep::State::stopped)
        throw StoppedError(fmt::format("{}: stopped; the same command goes on", task.member.name));
    if (record.state == sweep::State::failed) {
        const auto text =
            fmt::format("{}: {}; its log is in {}", task.member.name, record.reason, task.folder.string());
        if (ending_of(record.exit_code) == Ending::lost) throw CommError(text);  // another start may mend that
        throw DataError(text);
    }
    fmt::print("{} is done\n", task.member.name);
}

/// Of what members left that were run by themselves.
void write_tables(const SweepArguments& arguments, const sweep::Plan& plan, const SweepRunOptions& options,
                  std::vector<SweepTask>& tasks) {
    const FolderLock lock(made(plan.folder), sole_sweep);
    fingerprint_tasks(plan, options.series, tasks);
    SweepProgress progress(plan, tasks);
    std::vector<std::string> missing;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        const auto record = sweep::read_record(tasks[task].folder);
        if (tasks[task].work == sweep::Work::nothing)
            progress.found_done(task);
        else if (!record || record->state != sweep::State::dropped)
            missing.push_back(tasks[task].member.name);
    }
    progress.conclude("gridring " + arguments.command);
    if (!missing.empty())
        throw DataError(
            fmt::format("{} of {} members are not done: {}", missing.size(), tasks.size(), fmt::join(missing, "; ")));
}

void run_sweep(const SweepArguments& arguments) {
    const sweep::Plan plan = plan_of(arguments);
    auto tasks = sweep_tasks(plan);
    use_key_of(tasks.front().settings);
    const SweepRunOptions options{program_of(arguments, plan), is_by_slurm(arguments) ? 0 : plan.minutes,
                                  sweep_series(plan), judge_words(plan.judge)};
    check_halving(plan, tasks);
    std::error_code error;
    if (arguments.is_dry) {
        if (fs::exists(options.series, error)) fingerprint_tasks(plan, options.series, tasks);
        return print_plan(options, tasks);
    }
    if (arguments.member > 0 && plan.halving.first_steps > 0)
        throw ConfigError("--member: with /halving members wait for each other; run the sweep as a whole");
    if (arguments.member > 0) return run_one(arguments, plan, options, tasks);
    if (arguments.is_tables) return write_tables(arguments, plan, options, tasks);
    const FolderLock lock(made(plan.folder), sole_sweep);
    bring_series(plan);
    fingerprint_tasks(plan, options.series, tasks);
    SweepProgress progress(plan, tasks);
    run_tasks(arguments, plan, options, tasks, progress);
    if (progress.failed().empty()) return;
    std::vector<std::string> names;
    for (const std::size_t task : progress.failed()) names.push_back(tasks[task].member.name);
    throw DataError(
        fmt::format("{} of {} members failed: {}. Their folders in {} hold logs; the same command tries them "
                    "again and leaves the others as they are",
                    names.size(), tasks.size(), fmt::join(names, "; "), tasks.front().folder.parent_path().string()));
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("sweep", "Trains and scores one configuration many times, as a sweep file says");
    command->footer(
        "Members that are done are left as they are; the same command goes on where a sweep was stopped, and\n"
        "tries again what failed. Exit code 3 when a member failed: the results of the others are written.\n"
        "Example: gridring sweep configs/sweeps/search.yaml --parallel 2");
    auto arguments = std::make_shared<SweepArguments>();
    command->add_option("SWEEP", arguments->file, "sweep file (YAML), see docs/sweeps.md")->required();
    command->add_option("--parallel", arguments->parallel, "members at a time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--launcher", arguments->launcher, "local, or slurm: each member's programs as jobs, by srun")
        ->check(CLI::IsMember({"local", "slurm"}))
        ->capture_default_str();
    command->add_option("--srun", arguments->srun,
                        "further options of srun, in one word: '--partition=short --mem=4G'");
    command->add_option("--ranks", arguments->ranks, "of each member, by mpirun or srun; 1 = without mpirun")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str();
    command
        ->add_option("--set", arguments->set,
                     "a key of all members, or of the judge (judge.…): key.path=value (repeatable)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--folder", arguments->folder, "instead of the file's");
    command->add_flag("--dry-run", arguments->is_dry, "print the members and what is left of them");
    auto* member = command
                       ->add_option("--member", arguments->member,
                                    "run this one alone, of 1 to as many as there are: for arrays of a batch system")
                       ->check(CLI::Range(1, 1 << 20));
    auto* tables = command->add_flag("--tables", arguments->is_tables,
                                     "run nothing, write the tables of the members that are done");
    tables->excludes(member, command->get_option("--dry-run"));
    member->excludes(command->get_option("--dry-run"));
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        arguments->program = action.program;
        arguments->command = action.command;
        action.run = [arguments](const comm::Communicator*) { run_sweep(*arguments); };
    });
}

}  // namespace gridring::app
