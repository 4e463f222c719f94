// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/extract/extract.hpp"

namespace gridring::extract {

/// 297403 -> "297,403".
std::string grouped(std::int64_t number);

/// One line a tally under a header, columns as wide as their longest name.
std::string table_of(const std::vector<Tally>& tallies);

}  // namespace gridring::extract
