// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/model/linear_baseline.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/store/checkpoint.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::train {

/// Ridge from the filled hours before split.train_end, every hour an origin whose window and target lie there; errors
/// of a region count in standard deviations of its training hours. Rank 0 works and the others get the same bits.
/// Throws DataError where the training hours are too few. Collective.
model::LinearBaseline fit_baseline(const comm::Communicator& world, const series::Dataset& data, const Split& split,
                                   std::int64_t horizon, const Options& options);

/// As a checkpoint holds it: one tensor [horizon, hours] for all regions together, "baseline", and one a region,
/// "baseline.<code>". None for an empty one.
std::vector<store::NamedTensor> fixed_tensors(const model::LinearBaseline& baseline);
model::LinearBaseline to_baseline(const std::vector<store::NamedTensor>& tensors);
/// Rank 0's on every rank. Collective.
void share(const comm::Communicator& world, model::LinearBaseline& baseline);

}  // namespace gridring::train
