// SPDX-License-Identifier: MIT
#include "app/sweep_halving.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/sweep/halving.hpp"

namespace gridring::app {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The members of one combination of points.
struct Arm {
    std::string name;
    std::vector<std::size_t> tasks;
};

std::vector<Arm> arms_of(const sweep::Plan& plan, const std::vector<SweepTask>& tasks) {
    std::vector<Arm> arms;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        const std::string name = sweep::arm_name(plan, tasks[task].member.at);
        auto arm = std::ranges::find(arms, name, &Arm::name);
        if (arm == arms.end()) arm = arms.insert(arms.end(), {name, {}});
        arm->tasks.push_back(task);
    }
    return arms;
}

/// Of the validation at this very step; NaN where the member has not been there with these settings.
double loss_at(const SweepTask& task, std::int64_t step) {
    const auto record = sweep::read_record(task.folder);
    if (!record || record->training != task.training) return none;
    std::ifstream file(task.folder / "training.json");
    const auto training = file ? nlohmann::json::parse(file, nullptr, false) : nlohmann::json();
    if (!training.is_object()) return none;
    const auto steps = training.value("validation_step", std::vector<double>());
    const auto at = std::ranges::find(steps, static_cast<double>(step)) - steps.begin();
    const auto losses = training.value("validation_loss", nlohmann::json::array());
    const bool is_there = at < std::ssize(steps) && static_cast<std::size_t>(at) < losses.size();
    return is_there && losses[static_cast<std::size_t>(at)].is_number()
               ? losses[static_cast<std::size_t>(at)].get<double>()
               : none;
}

double mean_loss(const Arm& arm, const std::vector<SweepTask>& tasks, std::int64_t step) {
    double sum = 0;
    for (const std::size_t task : arm.tasks) sum += loss_at(tasks[task], step);
    return sum / static_cast<double>(arm.tasks.size());
}

void drop(const Arm& arm, const std::vector<SweepTask>& tasks, std::int64_t step, double loss) {
    for (const std::size_t task : arm.tasks) {
        auto record = sweep::read_record(tasks[task].folder);
        if (!record || record->state == sweep::State::failed || record->state == sweep::State::done) continue;
        record->state = sweep::State::dropped;
        record->reason = fmt::format("dropped after step {}, mean validation loss {:.4g} over the seeds", step, loss);
        sweep::write_record(tasks[task].folder, *record);
    }
}

/// Trains the arms up to the rung; who has been there stays as it is.
void train_to(const HalvingJob& job, const std::vector<Arm>& arms, std::int64_t rung) {
    std::vector<std::size_t> left;
    for (const Arm& arm : arms)
        for (const std::size_t task : arm.tasks)
            if (std::isnan(loss_at(job.tasks[task], rung))) left.push_back(task);
    run_locally(
        left, job.parallel, job.stop,
        [&](std::size_t task) { return run_member(job.options, job.tasks[task], job.stop, rung); },
        [&](std::size_t task, const sweep::Record& record) {
            if (record.state == sweep::State::failed) job.progress.ended(task, record);
        });
    if (job.stop.stop_requested()) return;
    for (const std::size_t task : left)
        if (const auto record = sweep::read_record(job.tasks[task].folder);
            record && record->state == sweep::State::stopped && std::isnan(loss_at(job.tasks[task], rung)))
            throw StoppedError(
                fmt::format("{}: stopped before step {} by others than this sweep; the same command "
                            "goes on",
                            job.tasks[task].member.name, rung));
}

/// Drops those that are behind at the rung and tells of all.
std::vector<Arm> choose(const HalvingJob& job, std::vector<Arm> arms, std::int64_t rung) {
    std::vector<double> losses;
    for (const Arm& arm : arms) losses.push_back(mean_loss(arm, job.tasks, rung));
    const auto going_on = sweep::who_goes_on(losses, job.plan.halving.keep);
    fmt::print("after step {}, {} of {} arms go on:\n", rung, going_on.size(), arms.size());
    std::vector<Arm> next;
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
        const bool goes_on = std::ranges::binary_search(going_on, arm);
        const bool has_failed = std::isnan(losses[arm]);
        fmt::print("    {} {:<40} {}\n", goes_on ? "on " : "out", arms[arm].name,
                   has_failed ? "failed" : fmt::format("validation loss {:.4g}", losses[arm]));
        if (!goes_on) drop(arms[arm], job.tasks, rung, losses[arm]);
        if (goes_on) next.push_back(std::move(arms[arm]));
    }
    std::fflush(stdout);
    return next;
}

}  // namespace

void check_halving(const sweep::Plan& plan, const std::vector<SweepTask>& tasks) {
    if (plan.halving.first_steps == 0) return;
    const auto& first = tasks.front();
    const auto rungs = sweep::rungs_of(plan.halving, first.settings.train.steps);
    if (rungs.empty())
        throw ConfigError(fmt::format("/halving/first_steps: expected fewer than the {} steps of a training, found {}",
                                      first.settings.train.steps, plan.halving.first_steps));
    for (const SweepTask& task : tasks) {
        const auto& train = task.settings.train;
        if (train.steps != first.settings.train.steps)
            throw ConfigError(
                fmt::format("/halving: expected as many train.steps in all members, found {} in {} and "
                            "{} in {}",
                            first.settings.train.steps, first.member.name, train.steps, task.member.name));
        if (train.patience > 0)
            throw ConfigError(
                fmt::format("/halving: expected train.patience 0 in all members, found {} in {}: who "
                            "ends by itself is at no rung",
                            train.patience, task.member.name));
        for (const std::int64_t rung : rungs)
            if (train.validate_every == 0 || rung % train.validate_every != 0)
                throw ConfigError(
                    fmt::format("/halving: expected a validation after step {} ({}), found "
                                "train.validate_every {} in {}",
                                rung, fmt::join(rungs, ", "), train.validate_every, task.member.name));
    }
}

std::vector<std::size_t> run_halving(const HalvingJob& job) {
    auto arms = arms_of(job.plan, job.tasks);
    for (const std::int64_t rung : sweep::rungs_of(job.plan.halving, job.tasks.front().settings.train.steps)) {
        train_to(job, arms, rung);
        if (job.stop.stop_requested()) return {};
        arms = choose(job, std::move(arms), rung);
        if (arms.empty()) break;
    }
    std::vector<std::size_t> survivors;
    for (const Arm& arm : arms) survivors.insert(survivors.end(), arm.tasks.begin(), arm.tasks.end());
    std::ranges::sort(survivors);
    return survivors;
}

}  // namespace gridring::app
