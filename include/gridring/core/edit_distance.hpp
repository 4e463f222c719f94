// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace gridring {

/// Fewest insertions, deletions and substitutions that turn one name into the other (Levenshtein 1966): for "did you
/// mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace gridring
