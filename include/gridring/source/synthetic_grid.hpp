// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "gridring/source/grid.hpp"

namespace gridring::source {

/// Hours that the synthetic grid can tell of: EIA-930 begins in July 2015.
Hour first_synthetic_hour();
Hour last_synthetic_hour();

/// Six invented balancing authorities with the codes, names and time zones of real ones (BPAT, CISO, ERCO, MISO, PACW,
/// SWPP), all four quantities, and from July 2018 on generation by fuel, interchange and sub-areas. Load follows the
/// local hour, weekday, US holidays, growth and a temperature of its own; the operator's forecast is a few percent off;
/// there are gaps and wild values. Every hour depends on the seed and the hour alone, not on the span asked for. Throws
/// ConfigError for hours outside the above.
Grid synthetic_grid(std::uint64_t seed, Hour first, Hour last);

}  // namespace gridring::source
