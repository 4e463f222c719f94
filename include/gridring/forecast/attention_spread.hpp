// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/backtest.hpp"

/// What a trained model looks at.
namespace gridring::forecast {

/// Mean over the origins of one region or many.
struct AttentionSpread {
    std::int64_t layers = 0, heads = 0;
    std::int64_t hours = 0;      ///< that the furthest-seeing origin sees, itself included
    std::int64_t origins = 0;    ///< that the mean is of
    std::vector<double> shares;  ///< [layers][heads][hours]: of a head's attention, by hours before the origin
    std::vector<double> even;    ///< [hours]: the same if every hour that an origin sees had as much
};

/// From the windows that backtest() would use. One rank: what a rank sees of the others' keys passes by.
AttentionSpread attention_spread(const comm::Communicator& alone, model::EnergyTransformer& model,
                                 const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                 const Options& options);

/// A table of percent: a line a span of hours before the origin, a column a layer and head; behind them the hours of
/// the origin's hour of day and of its hour of the week.
std::string to_text(const AttentionSpread& spread);

}  // namespace gridring::forecast
