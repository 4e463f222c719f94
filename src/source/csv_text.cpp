// SPDX-License-Identifier: MIT
#include "csv_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/net/gzip.hpp"

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

std::string_view cut_cell(std::string_view& line, char separator) {
    if (!line.starts_with('"')) return cut(line, separator);
    line.remove_prefix(1);
    std::size_t end = 0;
    while (end < line.size() && (line[end] != '"' || line.substr(end).starts_with("\"\"")))
        end += line[end] == '"' ? 2 : 1;
    const std::string_view cell = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    cut(line, separator);
    return cell;
}

std::optional<double> to_number(std::string_view cell) {
    const std::string text(cell);  // std::from_chars knows no double in Apple's library
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<double> to_grouped_number(std::string_view cell) {
    std::string_view rest = cell;
    const bool is_negative = rest.starts_with('-');
    if (is_negative) rest.remove_prefix(1);
    std::int64_t whole = 0;
    std::size_t digits = 0, since_comma = 0, at = 0;
    bool has_comma = false;
    for (; at < rest.size() && digits <= 15; ++at, ++since_comma) {  // 15 digits are exact in a double
        if (rest[at] >= '0' && rest[at] <= '9') {
            whole = 10 * whole + (rest[at] - '0');
            ++digits;
        } else if (rest[at] == ',' && digits > 0 && (has_comma ? since_comma == 4 : digits <= 3)) {
            has_comma = true;
            since_comma = 0;
        } else {
            break;
        }
    }
    if (has_comma && since_comma != 4) return std::nullopt;  // "1,23", "1,2345"
    if (at == rest.size() && digits > 0) return static_cast<double>(is_negative ? -whole : whole);
    if (!has_comma) return to_number(cell);
    std::string text(cell.substr(0, cell.size() - rest.size() + at));
    std::erase(text, ',');
    return to_number(text.append(rest.substr(at)));
}

std::string read_csv_text(const std::filesystem::path& file) {
    std::string bytes = read_file(file);
    if (file.extension() != ".gz") return bytes;
    auto text = net::gunzip(bytes, std::size_t{1} << 30);
    if (!text) throw StoreError(file.string(), "expected gzip, found something else or a damaged file; fetch it anew");
    return std::move(*text);
}

}  // namespace gridring::source
