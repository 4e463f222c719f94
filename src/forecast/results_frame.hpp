// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/forecast/backtest.hpp"

namespace gridring::forecast {

/// A backtest's results before any forecast: origins as instants, actuals, quantiles NaN.
store::Results results_frame(const model::Options& model, const series::Dataset& data,
                             const std::vector<std::vector<std::int64_t>>& origins);

/// Enters the model's quantiles of one origin, [horizon][quantiles] from `scaled` on, in MW. Returns what lies behind
/// them.
const float* enter_forecast(store::Results& results, const train::Features& features, std::int64_t region,
                            std::int64_t ordinal, std::int64_t origin, const float* scaled);

/// All leads up to a horizon.
std::vector<std::int64_t> all_leads(std::int64_t horizon);

/// backtest() by one growing key/value cache a region.
store::Results rolling_backtest(const comm::Communicator& world, model::EnergyTransformer& model,
                                const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                const Options& options);

}  // namespace gridring::forecast
