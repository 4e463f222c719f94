// SPDX-License-Identifier: MIT
#include "own_cells.hpp"

#include <fmt/format.h>

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

/// As in 1,234.5 or 1.234,5 or 1'234.
bool has_thousands(std::string_view cell) {
    const auto at = cell.find_first_of(",.'");
    if (at == 0 || at == std::string_view::npos || at > 4) return false;
    const auto after = cell.substr(at + 1);
    return std::min(after.find_first_not_of("0123456789"), after.size()) == 3 && to_number(cell.substr(0, at));
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

std::optional<double> to_number(std::string_view cell, char decimal) {
    if (decimal == '.') return to_number(cell);
    if (cell.find('.') != std::string_view::npos) return std::nullopt;
    std::string text(cell);
    std::ranges::replace(text, decimal, '.');
    return to_number(text);
}

std::string number_problem(std::string_view cell, char decimal) {
    const bool has_comma = cell.find(',') != std::string_view::npos;
    return fmt::format("expected a number or an empty cell, found '{}'{}{}", cell,
                       has_comma && decimal == '.' ? "; a decimal comma needs --decimal ," : "",
                       has_thousands(cell) ? "; separators of thousands are not read: remove them" : "");
}

std::optional<double> to_truth(std::string_view cell) {
    for (const std::string_view word : {"TRUE", "True", "true", "yes", "Yes"})
        if (cell == word) return 1.0;
    for (const std::string_view word : {"FALSE", "False", "false", "no", "No"})
        if (cell == word) return 0.0;
    return std::nullopt;
}

}  // namespace gridring::source
