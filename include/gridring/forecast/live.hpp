// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "gridring/forecast/backtest.hpp"

namespace gridring::forecast {

/// Forecasts behind the end of data that grow, from key/value caches that grow with them: a new hour costs its own
/// tokens and their attention, not the context once more.
///
/// The context begins with an hour that the last hour alone decides (live_start), so that a program that started later,
/// or again, sees the same and forecasts the same within rounding. Once a week, when it moves on, it is taken up anew.
class Live {
public:
    /// `world` and `model` must outlive it. Options::is_rolling is not looked at. Local.
    Live(const comm::Communicator& world, model::EnergyTransformer& model, const Options& options);
    ~Live();

    /// One origin a region: the last hour of `data`. They hold what was there the last time, more hours or not; where a
    /// value, its validity or a covariate differs from then, the hours from there on are taken up anew. Of other
    /// regions or another first hour everything is. Filled on rank 0. Collective; the same data on all ranks.
    store::Results forecast(const series::Dataset& data);

    /// Of the last forecast().
    struct Work {
        bool is_new = false;             ///< anything that a forecast sees differs from the time before
        std::int64_t new_hours = 0;      ///< behind the data of the time before; 0 the first time
        std::int64_t revised_hours = 0;  ///< of those that were there, how many lie at or behind the first that differs
        std::int64_t taken_up = 0;       ///< hours a region that entered the caches
    };
    const Work& work() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

/// `published` with the `newest` forecasts behind them, in place of those from the same hour or a later one, and of
/// both the latest `most` origins that lie in `data`; actuals as `data` has them now. `published` may be empty, or of
/// other regions, a horizon or quantiles: then it is left out.
store::Results published_with(const store::Results& published, const store::Results& newest,
                              const series::Dataset& data, std::int64_t most);

/// Index of the first hour that a forecast from `last` sees: a multiple of a week, at least `context_hours` before it
/// and less than a week more; 0 where the data reach no further.
std::int64_t live_start(const series::Dataset& data, std::int64_t last, std::int64_t context_hours);

/// The first hour at which what the two tell of the hours that both have differs; the fewer hours of the two where
/// nothing does. -1 where they begin with other hours or have other regions or covariates.
std::int64_t first_difference(const series::Dataset& before, const series::Dataset& after);

}  // namespace gridring::forecast
