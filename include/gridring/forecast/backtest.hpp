// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/train/features.hpp"

namespace gridring::forecast {

struct Options {
    std::int64_t context_hours = 1344;  ///< T of a window: the most that an origin sees
    std::int64_t least_context = 0;  ///< that every origin sees, itself included, where the data reach back; 0 = half
                                     ///< of the window. The nearer to it, the fewer origins share one
    std::int64_t batch = 4;          ///< windows at a time
    bool is_rolling = false;         ///< one growing key/value cache a region instead of windows
    train::FeatureOptions features;  ///< as in training
    ring::Scheme partition = ring::Scheme::zigzag;
    ring::Options ring;
};

/// Forecasts from many origins. `origins[region]` are indices of the last known hour, increasing. Since every position
/// of the causal model predicts, one pass over a window serves all origins in its later part. Quantiles in MW; `actual`
/// is NaN where the hour is missing, flagged or in the future. The result is filled on rank 0, empty elsewhere.
/// Collective. Throws DataError for an origin outside the data.
store::Results backtest(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                        const std::vector<std::vector<std::int64_t>>& origins, const Options& options);

}  // namespace gridring::forecast
