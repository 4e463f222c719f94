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

/// With `decimal`, a point or a comma, and no other separator.
std::optional<double> to_number(std::string_view cell, char decimal);
/// What was expected of a cell that is none, found, and how to mend it.
std::string number_problem(std::string_view cell, char decimal);

/// 1 of TRUE or yes, 0 of FALSE or no.
std::optional<double> to_truth(std::string_view cell);

}  // namespace gridring::source
