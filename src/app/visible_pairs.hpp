// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/attention/heads.hpp"
#include "gridring/ring/partition.hpp"

namespace gridring::app {

/// (query, key) pairs of one head that the mask lets each rank see, over the whole batch: its work. `segments` is
/// batch x T, empty for one sequence. Missing keys count: their products are made, then dropped.
std::vector<double> visible_pairs(const ring::Partition& partition, const attention::Mask& mask, std::int64_t batch,
                                  attention::Segments segments = {});

/// Largest share of the work over the mean: 1 is perfect balance.
double imbalance(std::span<const double> work);

/// Of the pairs of one head: 4 D a pair forward (two products of width D), 2.5 times that backward.
double forward_flops(double pairs, const attention::Shape& shape);
inline constexpr double backward_over_forward = 2.5;

}  // namespace gridring::app
