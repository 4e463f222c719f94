// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "app/contest_setup.hpp"

namespace gridring::app {

/// Throws ConfigError for a name that --baselines does not know.
void check_baselines(const ContestArguments& arguments);

/// The forecasts of those baselines that were asked for, in their fixed order; what learns learns from the hours before
/// the contest's first origin. Where these are too few, what `all` brings is left out and told; DataError for what was
/// named. `series` brings the operators' forecast.
std::vector<forecast::Entry> enter_baselines(const ContestArguments& arguments, const forecast::Contest& contest,
                                             const store::Series& series);

}  // namespace gridring::app
