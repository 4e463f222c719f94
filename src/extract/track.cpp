// SPDX-License-Identifier: MIT
#include "track.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gridring/series/flags.hpp"

namespace gridring::extract {
namespace {

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

Track::Track(std::size_t intervals)
    : values_(intervals, std::numeric_limits<double>::quiet_NaN()), state_(intervals, absent) {}

void Track::extend(std::size_t before, std::size_t after) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    values_.insert(values_.begin(), before, none);
    state_.insert(state_.begin(), before, absent);
    values_.resize(values_.size() + after, none);
    state_.resize(state_.size() + after, absent);
}

void Track::begin_anew(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i)
        if (state_[i] & present) state_[i] |= older;
}

std::optional<double> Track::take(std::size_t interval, double value) {
    std::uint8_t& state = state_[interval];
    double& kept = values_[interval];
    if (state == absent) {
        state = present;
        kept = value;
        ++rows_;
    } else if (state & older) {
        const double before = std::exchange(kept, value);
        const bool is_new = !is_same(before, value);
        state = static_cast<std::uint8_t>(present | (is_new ? revised : state & revised));
        if (is_new) return before;
    } else if (is_same(kept, value)) {
        ++duplicates_;
    } else {
        state |= conflicting;
    }
    return std::nullopt;
}

void Track::count(const store::SeriesVariable& variable, std::size_t region, std::size_t hours, Tally& tally) const {
    tally.rows = rows_;
    tally.duplicates = duplicates_;
    tally.conflicts = std::ranges::count_if(state_, [](auto state) { return (state & conflicting) != 0; });
    const auto per_hour = static_cast<std::ptrdiff_t>(values_.size() / hours);
    std::int64_t run = 0;
    for (std::size_t hour = 0; hour < hours; ++hour) {
        const std::size_t at = region * hours + hour;
        const bool is_gap = std::isnan(variable.values[at]);
        run = is_gap ? run + 1 : 0;
        tally.gaps += is_gap;
        tally.gap_runs += run == 1;
        tally.longest_gap = std::max(tally.longest_gap, run);
        tally.flagged += !is_gap && !series::is_good(variable.flags[at]);
        const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(hour) * per_hour;
        tally.partial += is_gap && std::any_of(begin, begin + per_hour, [](double x) { return !std::isnan(x); });
    }
    for (std::size_t i = 0; i < values_.size(); ++i) tally.nulls += state_[i] != absent && std::isnan(values_[i]);
}

}  // namespace gridring::extract
