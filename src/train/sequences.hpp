// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/series/dataset.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::train {

/// The sequences of one step: regions in turn, starts random within the training span. They depend on the seed and the
/// step alone, so a resumed run, on any number of ranks, sees what an uninterrupted one would have.
std::vector<Sequence> training_sequences(const Options& options, const series::Dataset& data, const Split& split,
                                         std::int64_t step);

/// Fixed sequences that end evenly spread over the validation span; a multiple of options.batch, at least
/// options.validation_sequences. Empty where there is no validation span.
std::vector<Sequence> validation_sequences(const Options& options, const series::Dataset& data, const Split& split);

}  // namespace gridring::train
