// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace gridring::forecast {

/// A number in a column of the terminal's tables; "-" where there is none.
inline std::string cell(double value, int decimals) {
    return std::isnan(value) ? fmt::format("{:>12}", "-") : fmt::format("{:>12.{}f}", value, decimals);
}

}  // namespace gridring::forecast
