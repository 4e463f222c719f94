// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "gridring/series/flags.hpp"

namespace gridring::series {
namespace {

using Index = std::ptrdiff_t;

// Tuned on 2018-2019 of 14 balancing authorities against the classes of Ruggles et al. 2020; all in log demand, so that
// one set serves every size of authority.
constexpr std::array<Index, 8> lags{24, 48, 72, 96, 120, 144, 168, 336};  // hours at which the day looks alike
constexpr std::size_t fewest_lags = 3;
constexpr Index level_hours = 14 * 24, fewest_level_hours = 24, scale_hours = 28 * 24, fewest_scale_hours = 7 * 24;
constexpr double range_factor = 3;      // demand stays within a third and three times the median of two weeks
constexpr double step_deviations = 6;   // a step is a surprise beyond so many robust deviations of the usual ones,
constexpr double least_step = .08;      // and never below 8 %
constexpr double level_deviations = 1;  // and only where the level too leaves the band of the days before
constexpr int identical_hours = 3;
constexpr double near = .4;  // a new level within 40 % is believed after 6 consistent hours, else after a day
constexpr int near_hours = 6, far_hours = 24;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Median of the numbers among the last `window` of [0, end); empty when there are fewer than `fewest`.
std::optional<double> trailing_median(const std::vector<double>& values, Index end, Index window, Index fewest) {
    std::vector<double> known;
    for (Index i = std::max<Index>(end - window, 0); i < end; ++i)
        if (const double value = values[static_cast<std::size_t>(i)]; !std::isnan(value)) known.push_back(value);
    if (std::ssize(known) < fewest) return std::nullopt;
    const auto middle = known.begin() + std::ssize(known) / 2;
    std::nth_element(known.begin(), middle, known.end());
    return *middle;
}

/// What the same hours of earlier days say; at most one value a lag.
struct Precedents {
    std::array<double, lags.size()> values;
    std::size_t count = 0;

    void add(double value) {
        if (!std::isnan(value)) values[count++] = value;
    }
    bool are_enough() const { return count >= fewest_lags; }
    /// How far `value` lies outside all of them; 0 inside.
    double distance(double value) const {
        const auto [least, most] = std::minmax_element(values.begin(), values.begin() + count);
        return std::max({*least - value, value - *most, 0.0});
    }
    double median() {
        std::nth_element(values.begin(), values.begin() + count / 2, values.begin() + count);
        return values[count / 2];
    }
};

/// Walks the hours once. An hour is judged by what was trusted before it, and joins that when nothing speaks against
/// it.
class CausalScreen {
public:
    explicit CausalScreen(std::span<const double> mw)
        : mw_(mw), raw_(mw.size(), unknown), trusted_(raw_), step_surprise_(raw_), level_surprise_(raw_) {}

    std::vector<std::uint16_t> run() {
        std::vector<std::uint16_t> flags(mw_.size(), good);
        for (std::size_t i = 0; i < mw_.size(); ++i) {
            const auto t = static_cast<Index>(i);
            if (t % 24 == 0) learn_scales(t);
            flags[i] = judge(t);
            if (flags[i] == good) {
                trusted_[i] = raw_[i];
                last_trusted_ = t;
            }
        }
        return flags;
    }

private:
    std::uint16_t judge(Index t) {
        const double mw = mw_[static_cast<std::size_t>(t)];
        count_identical(t);
        if (std::isnan(mw)) return forget_new_level(missing);
        const std::uint16_t run = identical_ >= identical_hours ? identical_run : good;
        if (mw <= 0) return forget_new_level(static_cast<std::uint16_t>(run | negative_or_zero));
        raw_[static_cast<std::size_t>(t)] = std::log(mw);
        note_surprises(t);
        const std::uint16_t range = is_out_of_range(t) ? out_of_range : good;
        const std::uint16_t jump = is_spike(t) ? spike : good;
        return static_cast<std::uint16_t>(run | range | jump);
    }

    bool is_out_of_range(Index t) const { return level_ && std::abs(at(raw_, t) - *level_) > std::log(range_factor); }

    /// A step that no recent day knows, to a level that no recent day knows, unless it has become the new level.
    bool is_spike(Index t) {
        const Precedents levels = levels_at(t);
        const double off = levels.are_enough() ? levels.distance(at(raw_, t)) : 0;
        if (!is_new_step(t) || !levels.are_enough() || off <= level_deviations * level_scale_) {
            new_level_hours_ = 0;
            return false;
        }
        new_level_hours_ = goes_on_from_previous(t) ? new_level_hours_ + 1 : 0;
        return new_level_hours_ < (off < near ? near_hours : far_hours);
    }

    bool is_new_step(Index t) const {
        if (last_trusted_ < 0) return false;
        const Index hours = t - last_trusted_;
        const Precedents steps = steps_between(last_trusted_, t);
        const double tolerance = step_tolerance() * std::sqrt(static_cast<double>(std::min<Index>(hours, 12)));
        return steps.are_enough() &&
               steps.distance(at(raw_, t) - at(raw_, last_trusted_)) > std::max(least_step, tolerance);
    }

    /// The hour follows the one before it, trusted or not, as the same hours of other days follow theirs.
    bool goes_on_from_previous(Index t) const {
        if (std::isnan(at(raw_, t - 1))) return false;
        const Precedents steps = steps_between(t - 1, t);
        return steps.are_enough() &&
               steps.distance(at(raw_, t) - at(raw_, t - 1)) <= std::max(least_step, step_tolerance());
    }

    double step_tolerance() const { return step_deviations * step_scale_; }

    Precedents levels_at(Index t) const {
        Precedents levels;
        for (const Index lag : lags) levels.add(at(trusted_, t - lag));
        return levels;
    }
    Precedents steps_between(Index from, Index to) const {
        Precedents steps;
        for (const Index lag : lags) steps.add(at(trusted_, to - lag) - at(trusted_, from - lag));
        return steps;
    }

    /// How far levels and hourly steps usually lie from the median of their precedents: the scales of the two tests.
    void note_surprises(Index t) {
        const auto i = static_cast<std::size_t>(t);
        if (Precedents levels = levels_at(t); levels.are_enough())
            level_surprise_[i] = std::abs(raw_[i] - levels.median());
        if (std::isnan(at(raw_, t - 1))) return;
        Precedents steps = steps_between(t - 1, t);
        if (steps.are_enough()) step_surprise_[i] = std::abs(raw_[i] - at(raw_, t - 1) - steps.median());
    }

    void learn_scales(Index t) {
        constexpr double to_deviation = 1.4826;  // of a normal distribution, from the median of absolute values
        if (const auto level = trailing_median(raw_, t, level_hours, fewest_level_hours)) level_ = level;
        if (const auto step = trailing_median(step_surprise_, t, scale_hours, fewest_scale_hours))
            step_scale_ = to_deviation * *step;
        if (const auto level = trailing_median(level_surprise_, t, scale_hours, fewest_scale_hours))
            level_scale_ = to_deviation * *level;
    }

    void count_identical(Index t) {
        const bool same = t > 0 && mw_[static_cast<std::size_t>(t)] == mw_[static_cast<std::size_t>(t - 1)];
        identical_ = same ? identical_ + 1 : 1;
    }

    std::uint16_t forget_new_level(std::uint16_t flag) {
        new_level_hours_ = 0;
        return flag;
    }

    static double at(const std::vector<double>& values, Index t) {
        return t < 0 ? unknown : values[static_cast<std::size_t>(t)];
    }

    std::span<const double> mw_;
    std::vector<double> raw_, trusted_;                   // log demand, NaN where there is none
    std::vector<double> step_surprise_, level_surprise_;  // absolute, in log demand
    std::optional<double> level_;                         // log demand, median of two weeks
    double step_scale_ = .02, level_scale_ = .05;         // until a week is known
    Index last_trusted_ = -1;
    int identical_ = 0, new_level_hours_ = 0;
};

}  // namespace

std::vector<std::uint16_t> screen_causal(std::span<const double> mw) { return CausalScreen(mw).run(); }

}  // namespace gridring::series
