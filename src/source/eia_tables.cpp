// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include "eia_routes.hpp"

namespace gridring::source {
namespace {

/// region-data: what the grid itself holds.
class RegionTable final : public GridTable {
public:
    explicit RegionTable(const Grid& grid) : GridTable("region-data", columns_of(grid)) {
        for (const GridRespondent& respondent : grid.respondents)
            for (const GridQuantity& quantity : respondent.quantities) values_.push_back(&quantity.values);
    }
    bool has(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        return !std::isnan(value(grid, column, hour));
    }
    double value(const Grid&, std::size_t column, std::int64_t hour) const override {
        return (*values_[column])[static_cast<std::size_t>(hour)];
    }

private:
    static std::vector<GridColumn> columns_of(const Grid& grid) {
        std::vector<GridColumn> columns;
        for (const GridRespondent& respondent : grid.respondents)
            for (const GridQuantity& quantity : respondent.quantities)
                columns.push_back({respondent.code, quantity.type});
        return columns;
    }
    std::vector<const std::vector<double>*> values_;
};

class EmptyTable final : public GridTable {
public:
    explicit EmptyTable(std::string_view id) : GridTable(std::string(id), {}) {}
    bool has(const Grid&, std::size_t, std::int64_t) const override { return false; }
    double value(const Grid&, std::size_t, std::int64_t) const override { return 0; }
};

std::shared_ptr<const GridTable> whole_table_of(const Grid& grid, const ServedRoute& route) {
    if (&route == routes().data()) return std::make_shared<RegionTable>(grid);
    const auto found =
        std::ranges::find(grid.tables, route.id, [](const auto& table) -> std::string_view { return table->route; });
    return found == grid.tables.end() ? std::make_shared<EmptyTable>(route.id) : *found;
}

}  // namespace

std::shared_ptr<const GridTable> table_of(const Grid& grid, const ServedRoute& route) {
    auto table = whole_table_of(grid, route);
    return grid.publication.from ? published(std::move(table), grid.publication) : table;
}

}  // namespace gridring::source
