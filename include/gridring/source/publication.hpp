// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "gridring/core/hours.hpp"

namespace gridring::source {

/// When an emulator publishes its hours, on a clock that may be quick: a month in a minute is 12 hours a second.
struct Publication {
    std::optional<Hour> from;  ///< the last hour there was when the clock started; none = all are published
    double hours_per_second = 1.0 / 3600;
    double started_at = 0;  ///< seconds since 1970; 0 = when the emulator is made
    /// So old an hour's values are final; before, one in four is up to 5 % beside them, and revised then.
    std::int64_t preliminary_hours = 0;

    Hour last() const;  ///< that is published now; precondition: `from`
};

}  // namespace gridring::source
