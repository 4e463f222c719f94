// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/core/calendar.hpp"

namespace gridring::series {

/// Appends the features (see calendar_feature_names) of `hours` hours from `first`, in local time. An hour belongs to
/// the local hour that ENDS at its stamp: 2024-01-01T08 UTC is 23:00-24:00 of 31 December in Los Angeles.
/// Appends to `special` the kind of day that each hour belongs to.
void append_calendar(const LocalClock& clock, Hour first, std::int64_t hours, std::vector<float>& features,
                     std::vector<SpecialDay>& special);

}  // namespace gridring::series
