// SPDX-License-Identifier: MIT
#include "gridring/source/labels.hpp"

#include <fmt/format.h>

#include "csv_text.hpp"
#include "gridring/core/error.hpp"

namespace gridring::source {
namespace {

namespace fs = std::filesystem;

/// Columns before the one of this name.
std::size_t find_column(std::string_view header, std::string_view name, const fs::path& file) {
    const std::string_view all = header;
    for (std::size_t column = 0; !header.empty(); ++column)
        if (cut_cell(header) == name) return column;
    throw DataError(fmt::format("{}:1: expected a column {}, found '{}'", file.string(), name, all.substr(0, 80)));
}

std::string_view cell_at(std::string_view row, std::size_t column) {
    for (; column > 0; --column) cut_cell(row);
    return cut_cell(row);
}

Labels parse_labels(const fs::path& file) {
    const std::string text = read_csv_text(file);
    std::string_view rest = text;
    const std::string_view header = cut_line(rest);
    const std::size_t period = find_column(header, "period", file), label = find_column(header, "anomaly", file);
    Labels labels;
    for (std::int64_t line = 2; !rest.empty(); ++line) {
        const std::string_view row = cut_line(rest), word = cell_at(row, label);
        if (word.empty()) continue;
        const auto hour = parse_hour(cell_at(row, period));
        if (!hour)
            throw DataError(fmt::format("{}:{}: expected a period such as 2024-01-01T05, found '{}'", file.string(),
                                        line, cell_at(row, period)));
        labels.emplace_back(*hour, word);
    }
    return labels;
}

std::optional<fs::path> file_of(const fs::path& folder, const std::string& respondent) {
    for (const char* ending : {".csv", ".csv.gz"})
        if (const fs::path file = folder / (respondent + ending); fs::exists(file)) return file;
    return std::nullopt;
}

}  // namespace

std::optional<Labels> read_labels(const fs::path& folder, const std::string& respondent) {
    const auto file = file_of(folder, respondent);
    return file ? std::optional(parse_labels(*file)) : std::nullopt;
}

bool has_labels(const fs::path& folder, const std::string& respondent) {
    const auto file = file_of(folder, respondent);
    const std::string text = file ? read_csv_text(*file) : std::string();
    std::string_view rest = text, header = cut_line(rest);
    while (!header.empty())
        if (cut_cell(header) == "anomaly") return true;
    return false;
}

}  // namespace gridring::source
