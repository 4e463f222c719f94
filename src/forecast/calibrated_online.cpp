// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "forecast/judged_hours.hpp"
#include "forecast/quantile_shifts.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/quantile_scores.hpp"

namespace gridring::forecast {
namespace {

/// Of the scale, for a day on which all hours lie beyond a quantile. Faster, monthly bands chase single weeks: on a
/// year of six regions 0.05 made them a quarter wider than 0, and 0.02 a tenth, at the same coverage.
constexpr double rate = 0.02;

/// One region and range of leads: every origin's quantiles, moved by what is known to have been missed at it.
class Tracker {
public:
    Tracker(const Contest& contest, std::size_t region, LeadRange leads)
        : hours_(contest, region, leads),
          origins_(contest.origins[region]),
          region_(region),
          leads_(leads),
          longest_(static_cast<std::size_t>(contest.last_lead())) {}

    void run(Entry& entry) {
        hours_.leave_out_gaps_of(entry);
        std::vector<double> shifts(entry.levels.size(), 0.0);
        for (std::size_t o = 0; o < origins_.size(); ++o) {
            if (o > 0) learn(entry, o, shifts);
            move_quantiles(entry, region_, o * longest_, leads_, shifts);
        }
    }

private:
    /// From the hours between the last origin and origin `o`, as all earlier origins forecast them.
    void learn(const Entry& entry, std::size_t o, std::vector<double>& shifts) const {
        std::vector<std::int64_t> above(shifts.size(), 0);
        std::int64_t count = 0;
        for (std::size_t before = o; before-- > 0 && origins_[before] + leads_.last > origins_[o - 1];) {
            const std::int64_t first = std::max(leads_.first, origins_[o - 1] + 1 - origins_[before]),
                               last = std::min(leads_.last, origins_[o] - origins_[before]);
            for (std::int64_t lead = first; lead <= last; ++lead) {
                const double actual =
                    hours_.actual()[before * hours_.leads() + static_cast<std::size_t>(lead - leads_.first)];
                if (std::isnan(actual)) continue;
                const std::size_t cell = before * longest_ + static_cast<std::size_t>(lead - 1);
                ++count;
                for (std::size_t level = 0; level < shifts.size(); ++level)
                    above[level] +=
                        actual > static_cast<double>(entry.quantiles[region_][cell * shifts.size() + level]);
            }
        }
        for (std::size_t level = 0; count > 0 && level < shifts.size(); ++level)
            if (entry.levels[level] != .5)
                shifts[level] +=
                    rate * (static_cast<double>(above[level]) / static_cast<double>(count) - (1 - entry.levels[level]));
    }

    JudgedHours hours_;
    const std::vector<std::int64_t>& origins_;
    const std::size_t region_;
    const LeadRange leads_;
    const std::size_t longest_;
};

}  // namespace

Entry calibrated_online(const Entry& entry, const Contest& contest, const std::vector<LeadRange>& ranges) {
    Entry moved = entry;
    for (std::size_t region = 0; region < contest.origins.size(); ++region)
        for (const LeadRange range : ranges) Tracker(contest, region, range).run(moved);
    return moved;
}

}  // namespace gridring::forecast
