// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::extract {

/// What arrived of one variable at one place, in any order.
class Track {
public:
    explicit Track(std::size_t intervals);

    /// Room for intervals not foreseen, before the first and behind the last.
    void extend(std::size_t before, std::size_t after);

    /// Intervals [first, end) are told of anew: a value that comes now takes the place of an older one.
    void begin_anew(std::size_t first, std::size_t end);

    /// What an older value was, where this one revises it. Of values told at the same time the first is kept; one that
    /// differs from it makes the interval conflicting.
    std::optional<double> take(std::size_t interval, double value);

    std::int64_t rows() const { return rows_; }
    const std::vector<double>& values() const { return values_; }  ///< [interval], NaN = none
    bool is_conflicting(std::size_t interval) const { return state_[interval] & conflicting; }
    bool is_revised(std::size_t interval) const { return state_[interval] & revised; }

    /// Adds what came of it to the tally. The hours are those of row `region` of `variable`, each of equally many
    /// intervals.
    void count(const store::SeriesVariable& variable, std::size_t region, std::size_t hours, Tally& tally) const;

private:
    enum State : std::uint8_t { absent = 0, present = 1, conflicting = 2, revised = 4, older = 8 };

    std::vector<double> values_;
    std::vector<std::uint8_t> state_;  ///< bits of State
    std::int64_t rows_ = 0, duplicates_ = 0;
};

}  // namespace gridring::extract
