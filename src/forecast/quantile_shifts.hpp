// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gridring/forecast/contest.hpp"

namespace gridring::forecast {

/// What shifts are told in [MW]: the width of the outermost band, since where a forecast is sure of itself, it is to be
/// widened less; a share of the median keeps it above zero.
float scale_of(std::span<const float> quantiles, float median);

/// Moves the quantiles of one origin, whose cells begin at `first_cell`, over a range of leads by shifts [level] in
/// multiples of their scale. What is moved past its neighbour nearer to the median is put back to it.
void move_quantiles(Entry& entry, std::size_t region, std::size_t first_cell, LeadRange leads,
                    std::span<const double> shifts);

}  // namespace gridring::forecast
