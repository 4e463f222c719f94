// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "gridring/series/dataset.hpp"

namespace gridring::series {

/// Adds one variable of `series`, whose hours begin with the dataset's. Flagged hours are missing; so is, unless it is
/// known ahead, all behind the data.
void append_covariate(Dataset& data, const store::Series& series, const std::string& name, bool is_known_ahead);
/// The same of a variable issued for a whole local day at hour `issued` of the day before.
void append_day_ahead(Dataset& data, const store::Series& series, const std::string& name, int issued);

}  // namespace gridring::series
