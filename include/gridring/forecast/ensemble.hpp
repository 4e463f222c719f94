// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "gridring/store/results_file.hpp"

namespace gridring::forecast {

/// The mean of several models' forecasts, quantile by quantile (Lichtendahl, Grushka-Cockayne & Winkler 2013), each
/// lead that of the members which reach it; everything else as in the first that reaches furthest. Throws ConfigError
/// unless all are of the same regions, origins and quantiles.
store::Results ensemble(const std::vector<store::Results>& members);

}  // namespace gridring::forecast
