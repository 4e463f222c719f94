// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "gridring/store/results_file.hpp"

namespace gridring::forecast {

/// Puts the leads of `next`, which was forecast from the last hour of `far` as if its medians had come, behind those of
/// `far`. Errors add up: the distance of a quantile from the median becomes the root of its own square and that of
/// the mean distance over the last day of `far`. Both are of one origin a region, the same regions and quantiles.
void continue_with(store::Results& far, const store::Results& next);

/// Leaves the leads up to `horizon`.
void keep_leads(store::Results& results, std::int64_t horizon);

}  // namespace gridring::forecast
