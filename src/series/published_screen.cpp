// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "gridring/series/flags.hpp"
#include "series/anomalous_regions.hpp"
#include "series/usual_days.hpp"

// Ruggles et al. 2020, "Developing reliable hourly electricity demand data through screening and imputation", Sci Data
// 7:155, with the thresholds of the paper.
namespace gridring::series {
namespace {

constexpr double global_factor = 10;  // times the median of all hours
constexpr double up_factor = 3.5, down_factor = 2.5, step_factor = 2, single_step_factor = 5;  // times a spread
constexpr double relative_step_factor = 15;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// One screening: `demand_` loses what a step flags, and the next step looks at what is left.
class PublishedScreen {
public:
    explicit PublishedScreen(std::span<const double> mw)
        : mw_(mw), demand_(mw.begin(), mw.end()), flags_(mw.size(), good) {}

    std::vector<std::uint16_t> run() {
        flag_by_itself();
        flag_global();
        steps_ = steps_of(demand_);
        usual_ = describe_usual_days(demand_, steps_);
        flag_local();
        flag_steps_there_and_back();
        flag_single_steps_onward();
        flag_single_steps_backward();
        flag_anomalous_regions(flags_);
        return std::move(flags_);
    }

private:
    void take_out(std::size_t t, Flag flag) {
        flags_[t] = flag;
        demand_[t] = unknown;
    }

    void flag_by_itself() {
        for (std::size_t t = 0; t < mw_.size(); ++t)
            if (std::isnan(mw_[t]))
                flags_[t] = missing;
            else if (mw_[t] <= 0)
                take_out(t, negative_or_zero);
            else if (t >= 2 && mw_[t] == mw_[t - 1] && mw_[t] == mw_[t - 2])
                take_out(t, identical_run);
    }

    void flag_global() {
        const double most = global_factor * median_of(demand_);
        for (std::size_t t = 0; t < demand_.size(); ++t)
            if (demand_[t] >= most) take_out(t, global_demand);
        for (std::size_t t = 0; t < demand_.size(); ++t) {
            if (flags_[t] != global_demand) continue;
            if (t > 0 && flags_[t - 1] == good) take_out(t - 1, global_demand_plus_minus);
            if (t + 1 < demand_.size() && flags_[t + 1] == good) take_out(t + 1, global_demand_plus_minus);
        }
    }

    void flag_local() {
        for (std::size_t t = 0; t < demand_.size(); ++t)
            if (demand_[t] >= usual_.expected[t] + up_factor * usual_.spread[t])
                take_out(t, local_demand_up);
            else if (demand_[t] <= usual_.expected[t] - down_factor * usual_.spread[t])
                take_out(t, local_demand_down);
    }

    /// Steps are those before flag_local: what it took out still speaks against its neighbours.
    void flag_steps_there_and_back() {
        for (std::size_t t = 0; t + 1 < demand_.size(); ++t) {
            const double most = step_factor * usual_.step_spread[t], there = steps_[t], back = -steps_[t + 1];
            const bool is_peak = there > most && back > most, is_trough = there < -most && back < -most;
            if (flags_[t] == good && (is_peak || is_trough)) take_out(t, delta);
        }
    }

    bool is_single_step(std::size_t from, std::size_t to) const {
        return std::abs(demand_[to] - demand_[from]) > single_step_factor * usual_.step_spread[to] &&
               std::abs(usual_.relative[to] - usual_.relative[from]) >
                   relative_step_factor * usual_.relative_step_spread;
    }

    /// How far an hour lies from the usual day, by the level of two days or of twenty: an error that lasts draws the
    /// first towards itself.
    double strangeness(std::size_t t) const {
        return std::max(std::abs(1 - usual_.relative[t]), std::abs(1 - usual_.relative_long[t]));
    }

    /// Of the two ends of a step the stranger one is wrong; when that is the earlier, the way back will find it.
    void flag_single_steps_onward() {
        std::optional<std::size_t> trusted;
        for (std::size_t t = 0; t < demand_.size(); ++t) {
            if (std::isnan(demand_[t])) continue;
            if (trusted && is_single_step(*trusted, t) && strangeness(t) >= strangeness(*trusted))
                take_out(t, single_delta);
            else
                trusted = t;
        }
    }

    void flag_single_steps_backward() {
        std::optional<std::size_t> trusted;
        for (std::size_t t = demand_.size(); t-- > 0;) {
            if (std::isnan(demand_[t])) continue;
            if (trusted && is_single_step(*trusted, t))
                take_out(t, single_delta);
            else
                trusted = t;
        }
    }

    std::span<const double> mw_;
    std::vector<double> demand_, steps_;
    std::vector<std::uint16_t> flags_;
    UsualDays usual_;
};

}  // namespace

std::vector<std::uint16_t> screen_published(std::span<const double> mw) { return PublishedScreen(mw).run(); }

}  // namespace gridring::series
