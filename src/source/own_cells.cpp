// SPDX-License-Identifier: MIT
#include "own_cells.hpp"

#include <algorithm>
#include <array>

#include "csv_text.hpp"

namespace gridring::source {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::vector<std::string> cells_of(std::string_view line, char separator) {
    std::vector<std::string> cells;
    const bool ends_empty = line.ends_with(separator);
    while (!line.empty()) cells.emplace_back(trimmed(cut_cell(line, separator)));
    if (ends_empty) cells.emplace_back();
    return cells;
}

bool is_absent(std::string_view cell) {
    constexpr std::array words = std::to_array<std::string_view>({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "-"});
    return std::ranges::find(words, cell) != words.end();
}

std::optional<double> to_truth(std::string_view cell) {
    for (const std::string_view word : {"TRUE", "True", "true", "yes", "Yes"})
        if (cell == word) return 1.0;
    for (const std::string_view word : {"FALSE", "False", "false", "no", "No"})
        if (cell == word) return 0.0;
    return std::nullopt;
}

}  // namespace gridring::source
