// SPDX-License-Identifier: MIT
#include "app/sweep_halving.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "gridring/core/error.hpp"

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

void drop(const SweepTask& task, std::int64_t step, double loss) {
    auto record = sweep::read_record(task.folder);
    if (!record || record->state == sweep::State::failed || record->state == sweep::State::done) return;
    record->state = sweep::State::dropped;
    record->reason = fmt::format("dropped after step {}, mean validation loss {:.4g} over the seeds", step, loss);
    sweep::write_record(task.folder, *record);
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
        for (const std::int64_t rung : rungs)
            if (train.validate_every == 0 || rung % train.validate_every != 0)
                throw ConfigError(
                    fmt::format("/halving: expected a validation after step {} ({}), found "
                                "train.validate_every {} in {}",
                                rung, fmt::join(rungs, ", "), train.validate_every, task.member.name));
    }
}

std::vector<std::size_t> run_halving(const sweep::Plan& plan, const SweepRunOptions& options,
                                     const std::vector<SweepTask>& tasks, int parallel, const std::stop_token& stop,
                                     SweepProgress& progress) {
    auto arms = arms_of(plan, tasks);
    for (const std::int64_t rung : sweep::rungs_of(plan.halving, tasks.front().settings.train.steps)) {
        std::vector<std::size_t> left;
        for (const Arm& arm : arms)
            for (const std::size_t task : arm.tasks)
                if (std::isnan(loss_at(tasks[task], rung))) left.push_back(task);
        run_locally(
            left, parallel, stop, [&](std::size_t task) { return run_member(options, tasks[task], stop, rung); },
            [&](std::size_t task, const sweep::Record& record) {
                if (record.state == sweep::State::failed) progress.ended(task, record);
            });
        if (stop.stop_requested()) return {};
        std::vector<double> losses;
        for (const Arm& arm : arms) losses.push_back(mean_loss(arm, tasks, rung));
        const auto going_on = sweep::who_goes_on(losses, plan.halving.keep);
        std::vector<Arm> next;
        std::string told;
        for (std::size_t arm = 0; arm < arms.size(); ++arm) {
            const bool goes_on = std::ranges::binary_search(going_on, arm);
            told +=
                fmt::format("\n    {} {:<40} {}", goes_on ? "on " : "out", arms[arm].name,
                            std::isnan(losses[arm]) ? "failed" : fmt::format("validation loss {:.4g}", losses[arm]));
            if (goes_on) {
                next.push_back(std::move(arms[arm]));
                continue;
            }
            for (const std::size_t task : arms[arm].tasks) drop(tasks[task], rung, losses[arm]);
        }
        fmt::print("after step {}, {} of {} arms go on:{}\n", rung, next.size(), arms.size(), told);
        std::fflush(stdout);
        arms = std::move(next);
    }
    std::vector<std::size_t> survivors;
    for (const Arm& arm : arms) survivors.insert(survivors.end(), arm.tasks.begin(), arm.tasks.end());
    std::ranges::sort(survivors);
    return survivors;
}

}  // namespace gridring::app
