// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "bulk_gather.hpp"
#include "bulk_hours.hpp"
#include "bulk_quantities.hpp"
#include "bulk_readers.hpp"
#include "csv_text.hpp"
#include "gridring/core/error.hpp"
#include "respondent_file.hpp"

namespace gridring::source {
namespace {

constexpr std::string_view authority = "Balancing Authority", utc_hour = "UTC Time at End of Hour",
                           other_authority = "Directly Interconnected Balancing Authority",
                           interchange = "Interchange (MW)", sub_region = "Sub-Region";

std::vector<std::string> names_of(std::string_view header) {
    std::vector<std::string> names;
    while (!header.empty()) {
        std::string_view name = cut_cell(header);
        while (name.ends_with(' ')) name.remove_suffix(1);
        names.emplace_back(name);
    }
    return names;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// Reads the rows under one header. Every kind has a cell for the hour and cells for values; the rest differs.
class Table {
public:
    Table(std::string_view header, const std::string& text_name, const BulkOptions& options, const TakeStretch& take,
          BulkReport& report)
        : report_(report), gather_(take), names_(names_of(header)) {
        expect_once();
        if (report.kind == BulkKind::plain) {
            region_ = respondent_of_file(text_name);
            hour_cell_ = 0;
        } else {
            region_cell_ = require(authority);
            hour_cell_ = require(utc_hour);
        }
        if (report.kind == BulkKind::interchange) {
            other_cell_ = require(other_authority);
            columns_.push_back({require(interchange), nullptr, nullptr});
        } else {
            find_columns(options);
        }
        cells_.resize(names_.size());
        values_.resize(columns_.size());
    }

    void read(std::string_view lines) {
        while (!lines.empty())
            if (const auto line = cut_line(lines); ++line_ && !line.empty()) read_row(line);
    }
    void finish() { gather_.flush(); }

private:
    struct Column {
        std::size_t cell;
        const BulkQuantity* quantity;  ///< null where the row decides
        BulkGather::Stretch* stretch;  ///< of the region at hand
    };

    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(fmt::format("{}:1: {}", report_.name, what));
    }

    void expect_once() const {
        std::set<std::string_view> seen;
        for (const auto& name : names_)
            if (!seen.insert(name).second) fail(fmt::format("expected column '{}' once, found it twice", name));
    }

    std::size_t require(std::string_view name) const {
        const auto found = std::ranges::find(names_, name);
        if (found == names_.end())
            fail(fmt::format("expected a column '{}', found {} others; fetch the file anew", name, names_.size()));
        return static_cast<std::size_t>(found - names_.begin());
    }

    void find_columns(const BulkOptions& options) {
        for (std::size_t cell = 0; cell < names_.size(); ++cell) {
            std::optional<BulkQuantity> quantity;
            if (report_.kind == BulkKind::plain) {
                quantity = region_quantity(names_[cell]);
            } else if (auto column = balance_column(names_[cell]);
                       column && (options.has_adjusted || !column->is_adjusted)) {
                quantity = std::move(column->quantity);
                if (!column->is_known)
                    report_.warnings.push_back(
                        fmt::format("{}: column '{}' is of a fuel unknown to gridring; taken as {}", report_.name,
                                    names_[cell], quantity->variable));
            }
            if (!quantity) continue;
            quantities_.push_back(std::move(*quantity));
            columns_.push_back({cell, &quantities_.back(), nullptr});
        }
        if (columns_.empty())
            fail(report_.kind == BulkKind::plain
                     ? "expected a column D, DF, NG or TI, found none"
                     : "expected columns such as 'Demand (MW)', found none; fetch the file anew");
    }

    void read_row(std::string_view line) {
        ++report_.rows;
        if (const std::size_t found = cut_cells(line); found != cells_.size()) {
            const auto in_words = found > cells_.size() ? "more" : fmt::format("{}", found);
            return reject(fmt::format("expected {} cells as in the header, found {}", cells_.size(), in_words));
        }
        const std::string_view time = cells_[hour_cell_];
        const auto hour = report_.kind == BulkKind::plain ? parse_hour(time) : parse_clock_hour(time);
        if (!hour)
            return reject(fmt::format("column '{}': expected an hour such as {}, found '{}'", names_[hour_cell_],
                                      report_.kind == BulkKind::plain ? "2024-01-01T05" : "07/01/2020 6:00:00 AM",
                                      time));
        if (region_cell_ && !set_region(cells_[*region_cell_])) return;
        if (other_cell_ && !set_other(cells_[*other_cell_])) return;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string_view cell = cells_[columns_[i].cell];
            values_[i] = cell.empty() ? std::optional<double>() : to_grouped_number(cell);
            if (!values_[i] && !cell.empty())
                return reject(fmt::format("column '{}': expected a number such as 1,234 or an empty cell, found '{}'",
                                          names_[columns_[i].cell], cell));
        }
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (values_[i]) add(columns_[i], *hour, *values_[i]);
    }

    /// How many there are; one more than expected stands for any number of them.
    std::size_t cut_cells(std::string_view line) {
        const bool ends_empty = line.ends_with(',');
        std::size_t count = 0;
        std::ranges::fill(cells_, std::string_view());  // of an earlier row, maybe of a piece that is gone
        while (!line.empty() && count < cells_.size()) cells_[count++] = cut_cell(line);
        if (count + 1 == cells_.size() && ends_empty) cells_[count++] = {};
        return line.empty() ? count : count + 1;
    }

    bool set_region(std::string_view code) {
        if (code == region_ && !code.empty()) return true;
        if (!is_code(code)) {
            reject(fmt::format("column '{}': expected a code such as PACW, found '{}'", authority, code));
            return false;
        }
        region_ = code;
        for (Column& column : columns_) column.stretch = nullptr;
        return true;
    }

    bool set_other(std::string_view code) {
        if (!is_code(code)) {
            reject(fmt::format("column '{}': expected a code such as PACW, found '{}'", other_authority, code));
            return false;
        }
        auto known = others_.find(code);
        if (known == others_.end()) known = others_.emplace(std::string(code), interchange_with(code)).first;
        columns_.front().quantity = &known->second;
        columns_.front().stretch = nullptr;
        return true;
    }

    void add(Column& column, Hour hour, double value) {
        if (!column.stretch) column.stretch = &gather_.of(region_, *column.quantity);
        gather_.add(*column.stretch, hour, value);
    }

    void reject(const std::string& what) {
        const std::string_view time = hour_cell_ < cells_.size() ? cells_[hour_cell_] : std::string_view();
        const std::string_view region = region_cell_ ? cells_[*region_cell_] : region_;
        add_bad_row(report_, line_, fmt::format("{} {}: {}; the row is left out", time, region, what));
    }

    BulkReport& report_;
    BulkGather gather_;
    const std::vector<std::string> names_;
    std::size_t hour_cell_ = 0;
    std::optional<std::size_t> region_cell_, other_cell_;
    std::deque<BulkQuantity> quantities_;  // never moves: stretches point to it
    std::map<std::string, BulkQuantity, std::less<>> others_;
    std::vector<Column> columns_;
    std::string region_;  ///< of the row at hand
    std::vector<std::string_view> cells_;
    std::vector<std::optional<double>> values_;
    std::int64_t line_ = 1;
};

}  // namespace

TableHeader recognise_table(std::string_view header, const std::string& name) {
    const auto names = names_of(header);
    if (has(names, sub_region))
        return {BulkKind::unknown,
                fmt::format("{}: files of sub-regions (column '{}') are not imported", name, sub_region)};
    if (has(names, other_authority)) return {BulkKind::interchange, {}};
    if (has(names, authority)) return {BulkKind::balance, {}};
    if (names.empty() || names.front() != "period")
        return {
            BulkKind::unknown,
            fmt::format(
                "{}: expected a header 'Balancing Authority,…' or 'period,D,…', or objects of EBA.txt, found '{}'; the "
                "columns of a CSV of your own must be told (import --time, --value)",
                name, header.substr(0, 60))};
    if (respondent_of_file(name).empty())
        return {
            BulkKind::unknown,
            fmt::format("{}: expected a name <RESPONDENT>.csv, such as PACW.csv, of a file with a header 'period,…'",
                        name)};
    return {BulkKind::plain, {}};
}

void read_table(std::string_view header, std::string_view lines, BulkText& text, const BulkOptions& options,
                const TakeStretch& take, BulkReport& report) {
    Table table(header, text.name(), options, take, report);
    for (; !lines.empty(); lines = text.next()) table.read(lines);
    table.finish();
}

}  // namespace gridring::source
