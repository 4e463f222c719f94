// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/sweep/plan.hpp"

namespace gridring::sweep {

/// Points whose keys are drawn at random (Bergstra & Bengio 2012), called 1, 2, … Each of `ranges` is "key=RANGE":
///
///   log A B      a real number, its logarithm uniform        uniform A B    a real number
///   whole A B    a whole number from A to B                  of X Y Z       one of the words
///
/// Point i depends on seed, i and the ranges alone: more draws leave the first as they are. Throws ConfigError.
std::vector<Point> draw_points(const std::vector<std::string>& ranges, std::int64_t count, std::uint64_t seed);

}  // namespace gridring::sweep
