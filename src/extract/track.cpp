// SPDX-License-Identifier: MIT
#include "track.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/series/flags.hpp"

namespace gridring::extract {
namespace {

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

Track::Track(std::size_t intervals)
    : values_(intervals, std::numeric_limits<double>::quiet_NaN()), state_(intervals, State::absent) {}

void Track::extend(std::size_t before, std::size_t after) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (before > 0) values_.insert(values_.begin(), before, none), state_.insert(state_.begin(), before, State::absent);
    values_.resize(values_.size() + after, none);
    state_.resize(state_.size() + after, State::absent);
}

void Track::take(std::size_t interval, double value) {
    if (state_[interval] == State::absent) {
        state_[interval] = State::present;
        values_[interval] = value;
        ++rows_;
    } else if (is_same(values_[interval], value)) {
        ++duplicates_;
    } else {
        state_[interval] = State::conflicting;
    }
}

void Track::count(const store::SeriesVariable& variable, std::size_t region, std::size_t hours, Tally& tally) const {
    tally.rows = rows_;
    tally.duplicates = duplicates_;
    tally.conflicts = std::ranges::count(state_, State::conflicting);
    const auto per_hour = static_cast<std::ptrdiff_t>(values_.size() / hours);
    std::int64_t run = 0;
    for (std::size_t hour = 0; hour < hours; ++hour) {
        const std::size_t at = region * hours + hour;
        const bool is_gap = std::isnan(variable.values[at]);
        run = is_gap ? run + 1 : 0;
        tally.gaps += is_gap;
        tally.gap_runs += run == 1;
        tally.longest_gap = std::max(tally.longest_gap, run);
        tally.flagged += !is_gap && variable.flags[at] != series::good;
        const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(hour) * per_hour;
        tally.partial += is_gap && std::any_of(begin, begin + per_hour, [](double x) { return !std::isnan(x); });
    }
    for (std::size_t i = 0; i < values_.size(); ++i)
        tally.nulls += state_[i] != State::absent && std::isnan(values_[i]);
}

}  // namespace gridring::extract
