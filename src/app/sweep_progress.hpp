// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/sweep_members.hpp"
#include "gridring/sweep/scores.hpp"

namespace gridring::app {

/// What the members have reached so far, told line by line on standard output.
class SweepProgress {
public:
    SweepProgress(const sweep::Plan& plan, const std::vector<SweepTask>& tasks);

    /// Reads what an earlier sweep left of a member that is done. Throws StoreError.
    void found_done(std::size_t task);
    /// Prints how a member ended: its scores and the best so far, or why it failed. A file of results that cannot be
    /// read counts as a failure.
    void ended(std::size_t task, const sweep::Record& record);

    const std::vector<std::size_t>& failed() const { return failed_; }
    std::size_t done() const;
    /// Writes sweep.csv, comparisons.csv and sweep.h5 into the plan's folder and prints the tables; does nothing before
    /// the first member is done.
    void conclude(const std::string& command) const;

private:
    void read_scores(std::size_t task, double training_seconds);
    void fail(std::size_t task, const std::string& reason, const std::vector<std::string>& log_tail);
    std::string means_of(std::size_t task) const;
    std::string best_so_far() const;

    const sweep::Plan& plan_;
    const std::vector<SweepTask>& tasks_;
    std::vector<std::optional<sweep::MemberScores>> scores_;
    std::vector<std::size_t> failed_;
};

}  // namespace gridring::app
