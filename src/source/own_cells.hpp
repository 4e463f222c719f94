// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Cells as programs of many makers write them.
namespace gridring::source {

/// Of a line, without quotes and the blanks around them.
std::vector<std::string> cells_of(std::string_view line, char separator);

/// An empty cell, NA, N/A, NaN, null or a dash.
bool is_absent(std::string_view cell);

/// 1 of TRUE or yes, 0 of FALSE or no.
std::optional<double> to_truth(std::string_view cell);

}  // namespace gridring::source
