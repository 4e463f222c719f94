// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "gridring/forecast/contest.hpp"

namespace gridring::forecast {

/// The hours of one region and range of leads that count, as columns [origin][lead] over the leads of the range.
class JudgedHours {
public:
    JudgedHours(const Contest& contest, std::size_t region, LeadRange leads);

    /// Hours that `entry` has no forecast of do not count; unless it has none at all: it then takes no part.
    void leave_out_gaps_of(const Entry& entry);

    std::size_t leads() const { return count_; }
    std::size_t origins() const { return actual_.size() / count_; }
    const std::vector<double>& actual() const { return actual_; }  ///< MW; NaN = does not count
    std::vector<double> forecast_of(const Entry& entry) const;
    std::vector<double> quantile_of(const Entry& entry, std::size_t level) const;
    /// Index of the hour on the dataset's axis; of any column.
    std::int64_t target(std::size_t at) const;

private:
    const Contest& contest_;
    const std::size_t region_, first_, count_, longest_;
    std::vector<double> actual_;
};

}  // namespace gridring::forecast
