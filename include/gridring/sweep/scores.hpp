// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/forecast/contest.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/sweep_file.hpp"
#include "gridring/sweep/plan.hpp"

namespace gridring::sweep {

/// What the medians of a member's results.h5 reached. Hours without an actual do not count; the same for all members,
/// whatever else they forecast.
struct MemberScores {
    std::vector<std::string> regions;
    std::vector<std::vector<Hour>> origins;            ///< [region]
    std::vector<std::vector<forecast::Table>> tables;  ///< [range][region], and behind the regions their mean; one
                                                       ///< standing each, without MASE. A range that the model does
                                                       ///< not reach has n = 0 and NaN
    double training_seconds = 0;
};
MemberScores score(const store::Results& results, const std::vector<forecast::LeadRange>& ranges);

/// Hours ahead that are judged together: from the first to each horizon.
std::vector<forecast::LeadRange> ranges_of(const Judge& judge);

/// The members of one combination of points: those that are done, [seed].
struct Arm {
    std::vector<std::size_t> at;
    std::string name;
    std::vector<std::optional<MemberScores>> seeds;
};

/// Everything that is known of a sweep.
struct Summary {
    const Plan& plan;
    std::vector<forecast::LeadRange> ranges;
    std::vector<std::string> regions;  ///< and "mean"
    std::vector<Arm> arms;             ///< in the order of arms(plan), those that are left out without scores
};
/// [member], in the order of expand(plan); empty = not done. Members whose regions are not those of the first count as
/// not done.
Summary summarise(const Plan& plan, std::vector<std::optional<MemberScores>> scores);

/// Mean over the seeds that are done, and their standard deviation (n - 1; NaN for one).
struct Spread {
    double mean = 0, deviation = 0;
    std::size_t n = 0;
};
Spread mape_of(const Arm& arm, std::size_t range, std::size_t region);

/// An arm less its reference, the arm at the same points but for the compared axis: by Diebold & Mariano on the errors
/// of each origin, averaged over the seeds that both have, with the autocovariances that forecasts of several days
/// share. Empty for the reference itself, without a comparison in the plan, and where the origins differ or no seed is
/// shared.
std::optional<score::Comparison> against_reference(const Summary& summary, const Arm& arm, std::size_t range,
                                                   std::size_t region);

/// For the terminal: mean ± deviation of every arm and horizon, then what the differences are worth.
std::string to_text(const Summary& summary);
/// A row a member, region and horizon.
std::string to_csv(const Summary& summary);
/// A row an arm, region and horizon.
std::string comparisons_to_csv(const Summary& summary);
/// sweep.h5, but for its attributes.
store::SweepTable to_table(const Summary& summary);

}  // namespace gridring::sweep
