// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/forecast/backtest.hpp"
#include "gridring/train/features.hpp"

namespace gridring::forecast {

/// One origin: where its forecast goes, and at which position of its window it stands.
struct Origin {
    std::int64_t region, ordinal, position;
};
struct Window {
    train::Sequence sequence;
    std::vector<Origin> origins;
};

/// Throws DataError for an origin outside the data.
void expect_inside(const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins);

/// Covers the origins of every region with windows of as many hours as an origin may see, starting with the last: an
/// origin may sit anywhere in a window that leaves it the least it is to see, or before in one that starts where the
/// data do. Throws as expect_inside().
std::vector<Window> plan_windows(const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                 const Options& options);
/// Hours of a window.
std::int64_t window_length(const series::Dataset& data, const Options& options);

/// These leads from every origin of the windows; the batch is filled up with copies of the last that forecast nothing.
train::Asked questions(std::span<const Window> batch, std::int64_t batch_size, const std::vector<std::int64_t>& leads,
                       std::vector<train::Sequence>& sequences);

}  // namespace gridring::forecast
