// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::train {

/// One training or evaluation sequence: T consecutive hours of one region, starting at an hour index of the dataset.
struct Sequence {
    std::int64_t region = 0, first = 0;
};

/// Hours [begin, end) of the dataset.
struct HourSpan {
    std::int64_t begin = 0, end = 0;
};

/// Turns hours of a dataset into batches. Everything that a row at hour t holds was known at the end of hour t: values
/// of hours
/// <= t and the calendar of t+1 … t+horizon. Refers to `data`, which must outlive it.
class Features {
public:
    Features(const series::Dataset& data, const series::Scaler& scaler, std::int64_t horizon);

    /// This rank's rows (at `positions` within each sequence) of a batch, in memory that `batch` may already own. A
    /// forecast is learnt from (weight 1) where its target hour is valid and inside `targets`.
    void fill(model::Batch& batch, std::span<const Sequence> sequences, std::span<const std::int64_t> positions,
              HourSpan targets) const;

private:
    float value(std::int64_t region, std::int64_t hour) const;
    void fill_token(std::int64_t region, std::int64_t hour, float* row) const;
    void fill_target(std::int64_t region, std::int64_t hour, float* row) const;
    void fill_truth(model::Batch& batch, std::int64_t row, std::int64_t region, std::int64_t hour,
                    HourSpan targets) const;

    const series::Dataset& data_;
    std::int64_t horizon_;
    model::InputWidths widths_;
    std::vector<std::int64_t> target_lags_;  // [hours] all known at any origin that predicts the target hour
    std::vector<float> scaled_;              // [region][hour], filled
};

/// Widths for this dataset's calendar; the same for every horizon.
model::InputWidths input_widths(const series::Dataset& data);

/// One batch for evaluation; see Features, which is what to use for many.
model::Batch make_batch(const series::Dataset& data, const series::Scaler& scaler, std::span<const Sequence> sequences,
                        std::span<const std::int64_t> positions, std::int64_t horizon, std::int64_t target_end);

}  // namespace gridring::train
