// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
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

    /// The first value of an interval is kept; one that differs from it makes the interval conflicting.
    void take(std::size_t interval, double value);

    std::int64_t rows() const { return rows_; }
    const std::vector<double>& values() const { return values_; }  ///< [interval], NaN = none
    bool is_conflicting(std::size_t interval) const { return state_[interval] == State::conflicting; }

    /// Adds what came of it to the tally. The hours are those of row `region` of `variable`, each of equally many
    /// intervals.
    void count(const store::SeriesVariable& variable, std::size_t region, std::size_t hours, Tally& tally) const;

private:
    enum class State : std::uint8_t { absent, present, conflicting };

    std::vector<double> values_;
    std::vector<State> state_;
    std::int64_t rows_ = 0, duplicates_ = 0;
};

}  // namespace gridring::extract
