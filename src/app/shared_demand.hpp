// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// Rank 0's series, unchanged there; elsewhere its hours, regions, demand and `covariates` with flags, which is what
/// forecasts are made from. Other ranks need not see rank 0's files, where all the covariates must be. Collective.
store::Series share_demand(const comm::Communicator& world, store::Series of_root,
                           const std::vector<std::string>& covariates);

}  // namespace gridring::app
