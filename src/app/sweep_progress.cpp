// SPDX-License-Identifier: MIT
#include "app/sweep_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/sweep_file.hpp"

namespace gridring::app {
namespace {

constexpr std::size_t told_lines = 5;  // of a failed member's log

double mean_mape(const sweep::MemberScores& scores, std::size_t range) {
    return scores.tables[range].back().standings.front().mape;
}

}  // namespace

SweepProgress::SweepProgress(const sweep::Plan& plan, const std::vector<SweepTask>& tasks)
    : plan_(plan), tasks_(tasks), scores_(tasks.size()) {}

void SweepProgress::found_done(std::size_t task) {
    const auto record = sweep::read_record(tasks_[task].folder);
    read_scores(task, record ? record->training_seconds : 0);
}

void SweepProgress::read_scores(std::size_t task, double training_seconds) {
    scores_[task] =
        sweep::score(store::read_results(tasks_[task].folder / "results.h5"), sweep::ranges_of(plan_.judge));
    scores_[task]->training_seconds = training_seconds;
}

void SweepProgress::ended(std::size_t task, const sweep::Record& record) {
    if (record.state == sweep::State::failed) return fail(task, record.reason, record.log_tail);
    if (record.state != sweep::State::done) return;  // stopped
    try {
        read_scores(task, record.training_seconds);
    } catch (const Error& error) {
        return fail(task, error.what(), {});
    }
    fmt::print("[{}/{}] {}: {} (trained {:.0f} s); best so far {}\n", done(), tasks_.size(), tasks_[task].member.name,
               means_of(task), record.training_seconds, best_so_far());
    std::fflush(stdout);
}

void SweepProgress::fail(std::size_t task, const std::string& reason, const std::vector<std::string>& log_tail) {
    failed_.push_back(task);
    fmt::print("FAILED {}: {} (log: {})\n", tasks_[task].member.name, reason,
               (tasks_[task].folder / "log.txt").string());
    const std::size_t first = log_tail.size() > told_lines ? log_tail.size() - told_lines : 0;
    for (const std::string& line : std::span(log_tail).subspan(first)) fmt::print("    {}\n", line);
    std::fflush(stdout);
}

std::size_t SweepProgress::done() const {
    return static_cast<std::size_t>(std::ranges::count_if(scores_, [](const auto& one) { return one.has_value(); }));
}

std::string SweepProgress::means_of(std::size_t task) const {
    std::string text;
    const auto& tables = scores_[task]->tables;
    for (std::size_t range = 0; range < tables.size(); ++range)
        if (const double mape = mean_mape(*scores_[task], range); !std::isnan(mape))  // else it does not reach so far
            text += fmt::format("{}{} h {:.2f}", text.empty() ? "" : ", ",
                                forecast::to_string(tables[range].front().leads), mape);
    return text.empty() ? "-" : text + " %";
}

std::string SweepProgress::best_so_far() const {
    std::string text;
    const auto ranges = sweep::ranges_of(plan_.judge);
    for (std::size_t range = 0; range < ranges.size(); ++range) {
        std::optional<std::size_t> best;
        for (std::size_t task = 0; task < tasks_.size(); ++task)
            if (scores_[task] && !std::isnan(mean_mape(*scores_[task], range)) &&
                (!best || mean_mape(*scores_[task], range) < mean_mape(*scores_[*best], range)))
                best = task;
        if (best)
            text += fmt::format("{}{:.2f} ({})", text.empty() ? "" : ", ", mean_mape(*scores_[*best], range),
                                tasks_[*best].member.name);
    }
    return text.empty() ? "-" : text;
}

void SweepProgress::conclude(const std::string& command) const {
    if (done() == 0) return;
    const auto summary = sweep::summarise(plan_, scores_);
    auto table = sweep::to_table(summary);
    table.attributes = {{"command", command},
                        {"base", read_file(plan_.base)},
                        {"git_commit", std::string(git_commit())},
                        {"version", std::string(version())}};
    write_file_atomically(plan_.folder / "sweep.csv", sweep::to_csv(summary));
    if (!plan_.compare.axis.empty())
        write_file_atomically(plan_.folder / "comparisons.csv", sweep::comparisons_to_csv(summary));
    store::write_sweep(plan_.folder / "sweep.h5", table);
    fmt::print("\n{}\nresults: {}\n", sweep::to_text(summary), (plan_.folder / "sweep.csv").string());
    std::fflush(stdout);
}

}  // namespace gridring::app
