// SPDX-License-Identifier: MIT
#include "csv_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace gridring::source {
namespace {

/// Cuts the next piece up to `separator` off `rest`.
std::string_view cut(std::string_view& rest, char separator) {
    const auto end = std::min(rest.find(separator), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

}  // namespace

std::string_view cut_line(std::string_view& rest) {
    std::string_view line = cut(rest, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view cut_cell(std::string_view& line) {
    if (!line.starts_with('"')) return cut(line, ',');
    line.remove_prefix(1);
    std::size_t end = 0;
    while (end < line.size() && (line[end] != '"' || line.substr(end).starts_with("\"\"")))
        end += line[end] == '"' ? 2 : 1;
    const std::string_view cell = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    cut(line, ',');
    return cell;
}

std::optional<double> to_number(std::string_view cell) {
    const std::string text(cell);  // std::from_chars knows no double in Apple's library
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

}  // namespace gridring::source
