// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gridring::config {

/// The candidate with the smallest edit distance (Levenshtein) to `name`; "" when none is within half of its length
/// + 1.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace gridring::config
