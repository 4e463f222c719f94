// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

#include "caiso_trouble.hpp"
#include "csv_text.hpp"
#include "eia_trouble.hpp"
#include "zip_archive.hpp"

namespace gridring::source {
namespace {

using Minute = std::chrono::sys_time<std::chrono::minutes>;

/// A month of five-minute schedules of every area is 70 MB.
constexpr std::size_t most_unpacked_bytes = std::size_t{512} << 20;

constexpr std::size_t longest_code = 80;  // of a location; OASIS's own have half of that

/// Reports name the same column differently; the first of these that a header has.
constexpr std::array begin_columns =
    std::to_array<std::string_view>({"INTERVALSTARTTIME_GMT", "INTERVAL_START_GMT", "STARTTIME_GMT", "START_DATE_GMT"});
constexpr std::array end_columns =
    std::to_array<std::string_view>({"INTERVALENDTIME_GMT", "INTERVAL_END_GMT", "ENDTIME_GMT", "END_DATE_GMT"});
constexpr std::array value_columns = std::to_array<std::string_view>({"MW", "VALUE", "PRC"});

/// "2023-01-01T00:15:00-00:00", with or without seconds; empty when it is anything else, or not GMT.
std::optional<Minute> parse_stamp(std::string_view text) {
    const auto hour = text.size() >= 16 ? parse_hour(text.substr(0, 13)) : std::nullopt;
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 99; };
    if (!hour || text[13] != ':') return std::nullopt;
    const int minute = 10 * digit(14) + digit(15);
    std::string_view rest = text.substr(16);
    if (rest.starts_with(":00")) rest.remove_prefix(3);
    const bool is_gmt = rest == "-00:00" || rest == "+00:00" || rest == "-0000" || rest == "Z";
    if (minute > 59 || !is_gmt) return std::nullopt;
    return Minute(*hour) + std::chrono::minutes{minute};
}

/// Where the columns of one file are; -1 = absent.
struct Layout {
    std::ptrdiff_t begin, end, location, item, run, value, count;
};

class CsvReader {
public:
    CsvReader(const OasisReport& report, OasisPage& page) : report_(report), page_(page) {}

    /// "" or what is wrong with the file as a whole.
    std::string read(const ArchivedFile& file) {
        std::string_view rest = file.bytes;
        const std::string_view header = cut_line(rest);
        const auto layout = layout_of(header);
        if (layout.begin < 0 || layout.end < 0 || layout.location < 0 || layout.value < 0 ||
            (layout.item < 0 && !report_.item_column.empty()))
            return fmt::format(
                "{}: expected columns for start and end of the interval in GMT, {}{}{} and a value, found '{}'",
                printable(file.name, 80), report_.location_column, report_.item_column.empty() ? "" : ", ",
                report_.item_column, printable(header, 300));
        for (line_ = 1; !rest.empty();)
            if (const auto line = cut_line(rest); ++line_ && !line.empty()) read_row(line, layout);
        return {};
    }

private:
    Layout layout_of(std::string_view header) const {
        std::vector<std::string_view> names;
        for (std::string_view rest = header; !rest.empty();) names.push_back(cut_cell(rest));
        const auto at = [&](std::string_view name) {
            const auto found = std::ranges::find(names, name);
            return name.empty() || found == names.end() ? -1 : found - names.begin();
        };
        const auto first_of = [&](const auto& candidates) {
            for (const auto name : candidates)
                if (const auto found = at(name); found >= 0) return found;
            return std::ptrdiff_t{-1};
        };
        // Prices come with MARKET_RUN_IDs of their own, and one queryname has one market.
        return {first_of(begin_columns),
                first_of(end_columns),
                at(report_.location_column),
                at(report_.item_column),
                report_.is_nodal ? -1 : at("MARKET_RUN_ID"),
                first_of(value_columns),
                std::ssize(names)};
    }

    void read_row(std::string_view line, const Layout& layout) {
        cells_.clear();
        for (std::string_view rest = line; !rest.empty();) cells_.push_back(cut_cell(rest));
        if (line.ends_with(',')) cells_.emplace_back();
        const auto cell = [&](std::ptrdiff_t at) { return cells_[static_cast<std::size_t>(at)]; };
        const auto bad = [&](const std::string& what) {
            page_.bad_rows.push_back(fmt::format("{}, row {}: {}", report_.name, line_, what));
        };
        if (std::ssize(cells_) != layout.count)
            return bad(fmt::format("expected {} cells as in the header, found {}", layout.count, cells_.size()));
        if (layout.run >= 0 && cell(layout.run) != report_.market_run)
            return pass_over(fmt::format("market run {}", printable(cell(layout.run), 40)));
        const auto begin = parse_stamp(cell(layout.begin)), end = parse_stamp(cell(layout.end));
        if (!begin || !end)
            return bad(fmt::format("expected stamps such as 2024-01-01T00:00:00-00:00, found '{}' and '{}'",
                                   printable(cell(layout.begin), 40), printable(cell(layout.end), 40)));
        if (*end - *begin != std::chrono::minutes{report_.minutes} || end->time_since_epoch().count() % report_.minutes)
            return bad(fmt::format("expected an interval of {} minutes on the clock, found {} to {}", report_.minutes,
                                   cell(layout.begin), cell(layout.end)));
        const auto item = report_.item_column.empty()
                              ? report_.items.begin()
                              : std::ranges::find(report_.items, cell(layout.item), &OasisItem::code);
        if (item == report_.items.end())
            return pass_over(fmt::format("{} {}", report_.item_column, printable(cell(layout.item), 40)));
        const std::string_view text = cell(layout.value);
        const auto value = to_number(text);
        if (!value && !text.empty() && text != "null")
            return bad(fmt::format("expected a number, found '{}'", printable(text, 40)));
        const auto place = location(cell(layout.location));
        if (!place)
            return bad(fmt::format("expected a {} such as {}, found '{}'", report_.location_column,
                                   report_.is_nodal ? "TH_NP15_GEN-APND" : "NP15",
                                   printable(cell(layout.location), longest_code)));
        page_.rows.push_back({*end, *place, static_cast<std::uint32_t>(item - report_.items.begin()),
                              value.value_or(std::numeric_limits<double>::quiet_NaN())});
    }

    void pass_over(std::string what) {
        page_.passed_over.insert(std::move(what));
        ++page_.passed_over_rows;
    }

    /// Empty where the cell cannot be the name of a region in series.h5.
    std::optional<std::uint32_t> location(std::string_view code) {
        auto found = locations_.find(code);
        if (found == locations_.end()) {
            if (code.empty() || printable(code, longest_code) != code) return std::nullopt;
            found = locations_.emplace(std::string(code), static_cast<std::uint32_t>(page_.locations.size())).first;
            page_.locations.emplace_back(code);
        }
        return found->second;
    }

    const OasisReport& report_;
    OasisPage& page_;
    std::int64_t line_ = 0;
    std::vector<std::string_view> cells_;
    std::map<std::string, std::uint32_t, std::less<>> locations_;
};

}  // namespace

Reading<OasisPage> read_oasis(const net::Result& result, const OasisReport& report) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) return trouble_of(*failure);
    const auto& reply = std::get<net::Reply>(result);
    if (reply.status != 200) return oasis_trouble(reply);
    const Unzipped unzipped = unzip(reply.body, most_unpacked_bytes);
    if (!unzipped.problem.empty()) return garbled_oasis(reply, unzipped.problem);
    OasisPage page;
    CsvReader reader(report, page);
    for (const ArchivedFile& file : unzipped.files) {
        if (file.name.ends_with(".xml")) return read_oasis_errors(reply, file.bytes);
        if (const std::string problem = reader.read(file); !problem.empty()) return garbled_oasis(reply, problem);
    }
    return page;
}

}  // namespace gridring::source
