// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>
#include <utility>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/own_table.hpp"

namespace gridring::source {
namespace {

template <class Value, std::size_t count>
Value parse_one_of(const std::array<std::pair<const char*, Value>, count>& known, const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [name, value] : known) {
        if (text == name) return value;
        names.emplace_back(name);
    }
    throw ConfigError(fmt::format("expected {}, found '{}'", fmt::join(names, " or "), text));
}

}  // namespace

RowLabel parse_row_label(const std::string& text) {
    return parse_one_of<RowLabel, 2>({{{"beginning", RowLabel::beginning}, {"ending", RowLabel::ending}}}, text);
}

RowUnit parse_row_unit(const std::string& text) {
    return parse_one_of<RowUnit, 4>({{{"mw", RowUnit::mw},
                                      {"kw", RowUnit::kw},
                                      {"mwh-per-row", RowUnit::mwh_per_row},
                                      {"kwh-per-row", RowUnit::kwh_per_row}}},
                                    text);
}

DateOrder parse_date_order(const std::string& text) {
    return parse_one_of<DateOrder, 2>({{{"dmy", DateOrder::day_first}, {"mdy", DateOrder::month_first}}}, text);
}

std::string variable_of_column(const std::string& column) {
    std::string name;
    for (const char c : column) {
        const bool is_upper = c >= 'A' && c <= 'Z', is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_upper || is_kept)
            name += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!name.empty() && name.back() != '_')
            name += '_';
    }
    while (name.ends_with('_')) name.pop_back();
    return name;
}

void check(const OwnLayout& layout) {
    if (!layout.labels && layout.time != "period")
        throw ConfigError(
            fmt::format("--labels: expected beginning or ending: is 10:00 in column '{}' the row from 10:00 on, or "
                        "that up to 10:00? Nothing in the file tells",
                        layout.time));
    for (const std::string& zone : {layout.time_zone, layout.clock})
        if (!zone.empty()) LocalClock{zone};
    std::set<std::string> seen{"demand", "time", "region", "region_name", "time_zone"};
    for (const auto& covariate : layout.covariates) {
        const std::string name = variable_of_column(covariate.column);
        if (name.empty() || name.ends_with("_flag") || name.ends_with("_clean") || !seen.insert(name).second)
            throw ConfigError(
                fmt::format("--covariate {}: expected a name that makes a variable of its own, found one "
                            "that becomes '{}'; rename the column",
                            covariate.column, name));
    }
    if (layout.is_wide && !layout.region.empty())
        throw ConfigError("--name: the columns of a wide file name its regions");
}

}  // namespace gridring::source
