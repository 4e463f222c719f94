// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "csv_details.hpp"
#include "csv_text.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/source/grid.hpp"
#include "respondent_file.hpp"

namespace gridring::source {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::hours longest_span{50 * 8766};  // every column takes memory for all of it
constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// One file: for every row its hour and a value for each column taken.
class CsvFile {
public:
    explicit CsvFile(const fs::path& path) : path_(path) {
        const std::string text = read_csv_text(path);
        std::string_view rest = text;
        const Columns columns = read_header(cut_line(rest));
        while (!rest.empty())
            if (const auto line = cut_line(rest); ++line_ && !line.empty()) read_row(line, columns);
        line_of_.clear();
        if (hours_.empty())
            throw DataError(fmt::format("{}: expected hourly rows under the header, found none", path_.string()));
    }
    Hour first() const { return *std::ranges::min_element(hours_); }
    Hour last() const { return *std::ranges::max_element(hours_); }

    GridRespondent spread(const std::string& code, Hour from, std::size_t hours) const {
        GridRespondent respondent{code, name_of_respondent(code), {}};
        for (const auto& [name, values] : values_)  // a map: in order of type
            if (!csv_detail(code, name)) respondent.quantities.push_back({name, on_axis(values, from, hours)});
        return respondent;
    }
    void add_details(std::vector<CsvDetail>& details, const std::string& code, Hour from, std::size_t hours) const {
        for (const auto& [name, values] : values_)
            if (auto detail = csv_detail(code, name)) {
                detail->values = on_axis(values, from, hours);
                details.push_back(std::move(*detail));
            }
    }

private:
    struct Column {
        std::string name;
        std::vector<double>* values;  ///< null = ignored
    };
    using Columns = std::vector<Column>;  ///< those after the first

    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(fmt::format("{}:{}: {}", path_.string(), line_, what));
    }

    Columns read_header(std::string_view header) {
        Columns columns;
        std::string_view rest = header;
        if (cut_cell(rest) != "period")
            fail(fmt::format("expected a header 'period,D,DF,…', found '{}'", header.substr(0, 60)));
        while (!rest.empty()) {
            const std::string name(cut_cell(rest));
            const bool is_taken = std::ranges::find(quantities(), name, &Quantity::code) != quantities().end() ||
                                  csv_detail("", name).has_value();
            if (is_taken && values_.contains(name)) fail(fmt::format("expected column {} once, found it twice", name));
            columns.push_back({name, is_taken ? &values_[name] : nullptr});
        }
        if (values_.empty()) fail("expected a column D, DF, NG or TI (or fuel:COL, to:BPAT, subba:PGAE), found none");
        return columns;
    }

    void read_row(std::string_view row, const Columns& columns) {
        const std::string_view period = cut_cell(row);
        const auto hour = parse_hour(period);
        if (!hour) fail(fmt::format("expected a period such as 2024-01-01T05, found '{}'", period));
        if (const auto [earlier, is_new] = line_of_.emplace(*hour, line_); !is_new)
            fail(fmt::format("expected each hour once, found {} again after line {}", period, earlier->second));
        hours_.push_back(*hour);
        for (const auto& [name, values] : columns) {
            const std::string_view cell = cut_cell(row);
            if (values) values->push_back(to_value(cell, name));
        }
        if (!row.empty())
            fail(fmt::format("expected {} cells as in the header, found more: '{}'", columns.size() + 1, row));
    }

    std::vector<double> on_axis(const std::vector<double>& values, Hour from, std::size_t hours) const {
        std::vector<double> axis(hours, absent);
        for (std::size_t i = 0; i < hours_.size(); ++i)
            axis[static_cast<std::size_t>((hours_[i] - from).count())] = values[i];
        return axis;
    }

    double to_value(std::string_view cell, const std::string& column) const {
        if (cell.empty()) return absent;
        if (const auto value = to_number(cell)) return *value;
        fail(fmt::format("column {}: expected a number or an empty cell, found '{}'", column, cell));
    }

    fs::path path_;
    std::int64_t line_ = 1;
    std::vector<Hour> hours_;
    std::map<Hour, std::int64_t> line_of_;  ///< while reading
    std::map<std::string, std::vector<double>> values_;
};

std::map<std::string, fs::path> list(const fs::path& folder) {
    std::error_code error;
    std::map<std::string, fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string code = respondent_of_file(entry.path().filename().string());
        if (code.empty() || !entry.is_regular_file())
            log::info(
                fmt::format("{}: skipped, not named <RESPONDENT>.csv or <RESPONDENT>.csv.gz", entry.path().string()));
        else if (!files.emplace(code, entry.path()).second)
            throw DataError(
                fmt::format("{}: {} is there twice, packed and unpacked; remove one", folder.string(), code));
    }
    if (error) throw StoreError(folder.string(), "cannot list the folder: " + error.message());
    if (files.empty())
        throw DataError(folder.string() + ": expected files <RESPONDENT>.csv or <RESPONDENT>.csv.gz, found none");
    return files;
}

}  // namespace

Grid read_csv_grid(const fs::path& folder) {
    std::vector<std::pair<std::string, CsvFile>> files;
    for (const auto& [code, path] : list(folder)) files.emplace_back(code, CsvFile(path));
    Hour first = files.front().second.first(), last = files.front().second.last();
    for (const auto& [code, file] : files) {
        first = std::min(first, file.first());
        last = std::max(last, file.last());
    }
    if (last - first > longest_span)
        throw DataError(fmt::format("{}: expected a span of at most 50 years, found {} to {}; mend the files",
                                    folder.string(), to_string(first), to_string(last)));
    Grid grid{first, (last - first).count() + 1, {}};
    const auto hours = static_cast<std::size_t>(grid.hours);
    std::vector<CsvDetail> details;
    for (const auto& [code, file] : files) {
        grid.respondents.push_back(file.spread(code, first, hours));
        file.add_details(details, code, first, hours);
    }
    grid.tables = csv_tables(std::move(details));
    return grid;
}

}  // namespace gridring::source
