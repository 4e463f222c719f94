// SPDX-License-Identifier: MIT
#include "synthetic_tables.hpp"

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::source {
namespace {

std::vector<SyntheticSeries> sorted(std::vector<SyntheticSeries> series) {
    std::ranges::sort(series, {},
                      [](const SyntheticSeries& one) { return std::pair(one.column.first, one.column.second); });
    return series;
}

std::vector<GridColumn> columns_of(const std::vector<SyntheticSeries>& series) {
    std::vector<GridColumn> columns;
    for (const auto& one : series) columns.push_back(one.column);
    return columns;
}

}  // namespace

Hour first_hour_of_details() { return require_hour("2018-07-01T00", "synthetic grid"); }

SyntheticTable::SyntheticTable(std::string_view id, std::vector<SyntheticSeries> series)
    : SyntheticTable(id, Sorted{sorted(std::move(series))}) {}

SyntheticTable::SyntheticTable(std::string_view id, Sorted sorted)
    : GridTable(std::string(id), columns_of(sorted.series)), series_(std::move(sorted.series)) {}

bool SyntheticTable::has(const Grid& grid, std::size_t column, std::int64_t hour) const {
    return grid.hour(hour) >= series_[column].source.begin && !std::isnan(source_value(grid, column, hour));
}

Hour SyntheticTable::first_hour(const Grid& grid) const { return std::max(grid.first, first_hour_of_details()); }

double SyntheticTable::source_value(const Grid& grid, std::size_t column, std::int64_t hour) const {
    const SyntheticSource& source = series_[column].source;
    return grid.respondents[source.respondent].quantities[source.quantity].values[static_cast<std::size_t>(hour)];
}

SyntheticSource follow(const Grid& grid, std::string_view respondent, std::string_view type, Hour begin) {
    const auto found = std::ranges::find(grid.respondents, respondent, &GridRespondent::code);
    expects(found != grid.respondents.end(), "a respondent of the synthetic grid");
    const auto quantity = std::ranges::find(found->quantities, type, &GridQuantity::type);
    expects(quantity != found->quantities.end(), "a quantity of the synthetic grid");
    return {static_cast<std::size_t>(found - grid.respondents.begin()),
            static_cast<std::size_t>(quantity - found->quantities.begin()), begin};
}

}  // namespace gridring::source
