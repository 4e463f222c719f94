// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::train {

/// One training or evaluation sequence: T consecutive hours of one region, starting at an hour index of the dataset.
struct Sequence {
    std::int64_t region = 0, first = 0;
};

/// Widths for this dataset's calendar.
model::InputWidths input_widths(const series::Dataset& data);

/// Builds this rank's rows (at `positions` within each sequence) of a batch. Everything a row at hour t holds was known at the
/// end of hour t: values of hours <= t and the calendar of t+1 … t+horizon. Targets get weight 1 only where valid and inside
/// [0, target_end).
model::Batch make_batch(const series::Dataset& data, const series::Scaler& scaler, std::span<const Sequence> sequences,
                        std::span<const std::int64_t> positions, std::int64_t horizon, std::int64_t target_end);

}  // namespace gridring::train
