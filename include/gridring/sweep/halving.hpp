// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/sweep/plan.hpp"

namespace gridring::sweep {

/// The steps after which arms are dropped, below `steps`.
std::vector<std::int64_t> rungs_of(const Halving& halving, std::int64_t steps);

/// Which of the arms with these losses go on, in their order: one in `keep` of all, but none whose loss is NaN.
std::vector<std::size_t> who_goes_on(const std::vector<double>& losses, std::int64_t keep);

}  // namespace gridring::sweep
