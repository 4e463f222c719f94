// SPDX-License-Identifier: MIT
#include "gridring/source/own_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "bulk_readers.hpp"
#include "bulk_text.hpp"
#include "csv_text.hpp"
#include "gridring/core/error.hpp"
#include "own_cells.hpp"
#include "own_times.hpp"

namespace gridring::source {
namespace {

using std::chrono::minutes;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// One text, read whole: what an interval is, only its rows tell.
class OwnTable {
public:
    OwnTable(std::string_view header, const std::string& stem, const OwnLayout& layout, BulkReport& report)
        : layout_(layout), report_(report) {
        names_ = names_in(header);
        time_cell_ = require(layout.time, "--time");
        find_columns(stem);
    }

    void read(std::string_view lines) {
        while (!lines.empty())
            if (const auto line = cut_line(lines); ++line_ && !line.empty()) read_row(line);
    }

    void finish(const TakeStretch& take) {
        if (stamps_.empty()) return;
        const auto step = find_step();
        report_.detail = fmt::format("rows of {} min", step.count());
        place(step);
        const auto rows_an_hour = static_cast<std::size_t>(std::chrono::hours{1} / step);
        for (const Column& column : columns_) hand_over(column, rows_an_hour, take);
    }

private:
    struct Column {
        std::size_t cell;
        std::string region;  ///< empty: of every region of the file
        BulkQuantity quantity;
        bool is_demand;
        std::vector<double> values{};  ///< [row]; NaN = missing
    };

    [[noreturn]] void fail(std::int64_t line, const std::string& what) const {
        const auto left_out = report_.bad_rows > 0 ? fmt::format(" ({} rows before it have faults, the first: {})",
                                                                 report_.bad_rows, report_.first_bad.front())
                                                   : std::string();
        throw DataError(fmt::format("{}:{}: {}{}", report_.name, line, what, left_out));
    }

    /// By the separator under which there is the time column.
    std::vector<std::string> names_in(std::string_view header) {
        std::vector<std::string> most;
        for (const char separator : {',', ';', '\t'}) {
            auto names = cells_of(header, separator);
            const bool is_it = std::ranges::find(names, layout_.time) != names.end();
            if (names.size() > most.size() || is_it) most = std::move(names), separator_ = separator;
            if (is_it) break;
        }
        return most;
    }

    std::size_t require(const std::string& name, const char* option) const {
        const auto count = std::ranges::count(names_, name);
        if (count == 0)
            fail(1, fmt::format("expected a column '{}', found {}; name the column with {}", name,
                                fmt::join(names_, ", "), option));
        if (count > 1) fail(1, fmt::format("expected a column '{}' once, found it {} times", name, count));
        return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
    }

    void find_columns(const std::string& stem) {
        const BulkQuantity demand{"demand", "D", "Demand"};
        if (!layout_.is_wide) {
            region_names_ = {layout_.region.empty() ? stem : layout_.region};
            columns_.push_back({require(layout_.value, "--value"), region_names_.front(), demand, true});
        }
        for (const auto& [column, units] : layout_.covariates)
            columns_.push_back({require(column, "--covariate"),
                                {},
                                {variable_of_column(column), column, "covariate " + column, units},
                                false});
        if (!layout_.is_wide) return;
        const auto is_taken = [&](std::size_t cell) {
            return cell == time_cell_ || std::ranges::find(columns_, cell, &Column::cell) != columns_.end();
        };
        for (const auto& region : layout_.wide_regions) require(region, "--regions");
        for (std::size_t cell = 0; cell < names_.size(); ++cell) {
            const auto& wanted = layout_.wide_regions;
            const bool is_wanted = wanted.empty() || std::ranges::find(wanted, names_[cell]) != wanted.end();
            if (is_taken(cell) || !is_wanted) continue;
            require(names_[cell], "--regions");  // once
            region_names_.push_back(names_[cell]);
            columns_.push_back({cell, names_[cell], demand, true});
        }
        if (region_names_.empty()) fail(1, "expected columns beside the time, one a region, found none");
    }

    void read_row(std::string_view line) {
        ++report_.rows;
        const auto cells = cells_of(line, separator_);
        if (cells.size() != names_.size())
            return reject(fmt::format("expected {} cells as in the header, found {}", names_.size(), cells.size()));
        const auto stamp = parse_stamp(cells[time_cell_], layout_.date_order);
        if (!stamp) return reject(time_problem(cells[time_cell_]));
        stamps_.push_back(*stamp);
        lines_.push_back(line_);
        std::vector<std::string> problems;
        for (Column& column : columns_) {
            const auto value = value_of(cells[column.cell], column);
            column.values.push_back(value.value_or(none));
            if (!value)
                problems.push_back(fmt::format("column '{}': {}", names_[column.cell],
                                               number_problem(cells[column.cell], layout_.decimal)));
        }
        if (!problems.empty())
            add_bad_row(report_, line_, fmt::format("{}; taken as missing", fmt::join(problems, "; ")));
    }

    std::optional<double> value_of(std::string_view cell, const Column& column) const {
        if (is_absent(cell)) return none;
        if (const auto number = to_number(cell, layout_.decimal)) return number;
        return column.is_demand ? std::nullopt : to_truth(cell);
    }

    std::string time_problem(const std::string& cell) const {
        const bool has_slashes = std::ranges::count(cell, '/') == 2 && layout_.date_order == DateOrder::unknown;
        return fmt::format("column '{}': expected a time such as 2023-01-31T13:30, found '{}'{}", layout_.time, cell,
                           has_slashes ? "; tell --date-order dmy or mdy" : "");
    }
    void reject(const std::string& what) { add_bad_row(report_, line_, what + "; the row is left out"); }

    /// The most common distance of the file's own times.
    minutes find_step() const {
        std::map<minutes, std::size_t> counts;
        for (std::size_t i = 1; i < stamps_.size(); ++i) ++counts[distance(stamps_[i - 1], stamps_[i])];
        const auto same = counts.find(minutes{0});
        if (same != counts.end() && 2 * same->second > stamps_.size())
            fail(lines_[1],
                 "expected times that increase, found the same again and again; is the time of day in a "
                 "column of its own? Join both into one, such as 2023-01-31 05:00");
        std::size_t backwards = 0;
        while (!counts.empty() && counts.begin()->first <= minutes{0}) {
            backwards += counts.begin()->second;
            counts.erase(counts.begin());
        }
        if (2 * backwards > stamps_.size())
            fail(lines_[1], "expected times that increase, found the latest first; sort the file, oldest row first");
        if (counts.empty()) return std::chrono::hours{1};
        const auto step = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
        if (std::chrono::hours{1} % step != minutes{0})
            fail(lines_[1], fmt::format("expected rows of an hour or a whole part of it (30, 20, 15, 10, 5 min), found "
                                        "one every {} min",
                                        step.count()));
        return step;
    }

    static minutes distance(const Stamp& from, const Stamp& to) {
        return to.wall_clock - from.wall_clock -
               (to.utc_offset.value_or(minutes{0}) - from.utc_offset.value_or(minutes{0}));
    }

    void place(minutes step) {
        const std::string zone = layout_.clock.empty() ? layout_.time_zone : layout_.clock;
        const auto clock = zone.empty() ? std::optional<LocalClock>() : LocalClock(zone);
        TimeLine times(clock ? &*clock : nullptr, layout_.labels.value_or(RowLabel::ending), step);
        for (std::size_t row = 0; row < stamps_.size(); ++row) {
            const auto found = times.next(stamps_[row]);
            begins_.push_back(found.begin);
            if (found.fault == TimeLine::Fault::does_not_exist && is_blank(row)) continue;  // some files keep 24 rows
            explain(found, row, zone);
            if (found.begin.time_since_epoch() % step != minutes{0})
                fail(
                    lines_[row],
                    fmt::format("expected rows every {} min from the full hour (UTC), found {}; mend or remove the row",
                                step.count(), text_of(row)));
        }
    }

    void explain(const TimeLine::Found& found, std::size_t row, const std::string& zone) const {
        using enum TimeLine::Fault;
        if (found.fault == has_no_clock)
            fail(lines_[row], fmt::format("the time {} names no zone; tell --time-zone, such as Europe/Berlin, or "
                                          "--clock UTC",
                                          text_of(row)));
        if (found.fault == does_not_exist)
            fail(lines_[row], fmt::format("{} does not exist in {}: clocks go forward then. Is the file's clock "
                                          "another one (--clock UTC, or Etc/GMT-1 for winter time all year), or are "
                                          "--labels the other ones?",
                                          text_of(row), zone));
        if (found.fault == does_not_increase)
            fail(lines_[row],
                 fmt::format("expected times that increase, found {} after {} on line {}; sort the file, remove the "
                             "row, or tell the clock (--time-zone, --clock): an hour is doubled only where clocks go "
                             "back, {}",
                             text_of(row), text_of(row - 1), lines_[row - 1],
                             zone.empty() ? "and these times tell their offset" : "in " + zone));
    }

    bool is_blank(std::size_t row) const {
        return std::ranges::all_of(columns_, [&](const Column& column) { return std::isnan(column.values[row]); });
    }
    std::string text_of(std::size_t row) const {
        const auto hour = std::chrono::floor<std::chrono::hours>(stamps_[row].wall_clock);
        return fmt::format("{}:{:02}", gridring::to_string(hour), (stamps_[row].wall_clock - hour).count());
    }

    void hand_over(const Column& column, std::size_t rows_an_hour, const TakeStretch& take) {
        std::vector<Hour> hours;
        std::vector<double> values;
        std::int64_t partial = 0;
        for (std::size_t row = 0; row < begins_.size();) {
            const Hour begin = std::chrono::floor<std::chrono::hours>(begins_[row]);
            double sum = 0;
            std::size_t count = 0;
            for (; row < begins_.size() && std::chrono::floor<std::chrono::hours>(begins_[row]) == begin; ++row)
                if (!std::isnan(column.values[row])) sum += column.values[row], ++count;
            partial += count > 0 && count < rows_an_hour;
            if (count < rows_an_hour) continue;
            hours.push_back(begin + std::chrono::hours{1});
            values.push_back(column.is_demand ? mean_mw(sum, rows_an_hour) : sum / static_cast<double>(count));
        }
        if (partial > 0)
            report_.warnings.push_back(
                fmt::format("{}: column '{}': {} hours lack some of their {} rows and are missing", report_.name,
                            names_[column.cell], partial, rows_an_hour));
        if (hours.empty()) return;
        for (const std::string& region : column.region.empty() ? region_names_ : std::vector{column.region})
            take({region, column.quantity, hours, values});
    }

    double mean_mw(double sum, std::size_t rows) const {
        const bool is_energy = layout_.unit == RowUnit::mwh_per_row || layout_.unit == RowUnit::kwh_per_row;
        const bool is_kilo = layout_.unit == RowUnit::kw || layout_.unit == RowUnit::kwh_per_row;
        return sum / (is_energy ? 1.0 : static_cast<double>(rows)) / (is_kilo ? 1000.0 : 1.0);
    }

    const OwnLayout& layout_;
    BulkReport& report_;
    std::vector<std::string> names_;
    char separator_ = ',';
    std::size_t time_cell_ = 0;
    std::vector<std::string> region_names_;
    std::vector<Column> columns_;
    std::vector<Stamp> stamps_;        ///< [row]
    std::vector<std::int64_t> lines_;  ///< [row]
    std::vector<Minute> begins_;       ///< [row]
    std::int64_t line_ = 1;
};

std::string stem_of(const std::string& text_name) { return std::filesystem::path(text_name).stem().string(); }

BulkReport read_text(BulkText& text, const std::string& name, const OwnLayout& layout, const TakeStretch& take) {
    BulkReport report;
    report.name = name;
    report.kind = BulkKind::own;
    std::string_view lines = text.next();
    if (lines.starts_with("\xEF\xBB\xBF")) lines.remove_prefix(3);
    OwnTable table(cut_line(lines), stem_of(text.name()), layout, report);
    for (; !lines.empty(); lines = text.next()) table.read(lines);
    if (report.rows == report.bad_rows)
        throw DataError(report.rows == 0 ? name + ": expected rows under the header, found none"
                                         : fmt::format("{}: none of its {} rows can be read, the first: {}", name,
                                                       report.rows, report.first_bad.front()));
    table.finish(take);
    report.bytes = text.bytes();
    return report;
}

}  // namespace

std::vector<BulkReport> read_own_table(const std::filesystem::path& file, const OwnLayout& layout,
                                       const BulkOptions& options, const TakeStretch& take) {
    std::vector<BulkReport> reports;
    for_each_text(file, options.progress, [&](BulkText& text) {
        const bool is_archived = file.extension() == ".zip";
        reports.push_back(
            read_text(text, is_archived ? file.string() + "/" + text.name() : file.string(), layout, take));
    });
    if (reports.empty()) throw StoreError(file.string(), "expected a file in the archive, found none; fetch it anew");
    return reports;
}

}  // namespace gridring::source
