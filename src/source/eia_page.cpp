// SPDX-License-Identifier: MIT
#include "eia_page.hpp"

#include <algorithm>

#include "gridring/core/random.hpp"

namespace gridring::source {
namespace {

template <class T>
int sign(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

/// What the rows of a query can be compared by.
class Comparison {
public:
    Comparison(const Grid& grid, const ServedRoute& route, const GridTable& table, const DataQuery& query)
        : grid_(grid), table_(table), orders_(query.orders) {
        for (const GridColumn& column : table.columns)
            names_.push_back({route.facets[0].name_of(column.first), route.facets[1].name_of(column.second)});
    }

    /// By all orders from the one with index `from` on.
    int operator()(const PageRow& a, const PageRow& b, std::size_t from = 0) const {
        for (std::size_t i = from; i < orders_.size(); ++i)
            if (const int order = compare(a, b, orders_[i].column)) return orders_[i].is_descending ? -order : order;
        return 0;
    }

private:
    int compare(const PageRow& a, const PageRow& b, SortColumn by) const {
        const GridColumn &of_a = table_.columns[a.column], &of_b = table_.columns[b.column];
        switch (by) {
            case SortColumn::period:
                return sign(a.hour, b.hour);
            case SortColumn::first:
                return sign(of_a.first, of_b.first);
            case SortColumn::first_name:
                return sign(names_[a.column].first, names_[b.column].first);
            case SortColumn::second:
                return sign(of_a.second, of_b.second);
            case SortColumn::second_name:
                return sign(names_[a.column].second, names_[b.column].second);
            case SortColumn::value:
                return sign(table_.value(grid_, a.column, a.hour), table_.value(grid_, b.column, b.hour));
            case SortColumn::units:
                return 0;
        }
        return 0;
    }

    const Grid& grid_;
    const GridTable& table_;
    const std::vector<Order>& orders_;
    std::vector<GridColumn> names_;
};

/// The hours and columns that a query asks for.
struct Selection {
    std::int64_t begin, end;
    std::vector<std::size_t> columns;
};

Selection select(const Grid& grid, const GridTable& table, const DataQuery& query) {
    Selection selection{std::max<std::int64_t>(0, (query.first - grid.first).count()),
                        std::min(grid.hours, (query.last - grid.first).count() + 1),
                        {}};
    const auto wants = [&](std::size_t facet, const std::string& code) {
        return query.facets[facet].empty() || query.facets[facet].contains(code);
    };
    for (std::size_t c = 0; c < table.columns.size(); ++c)
        if (wants(0, table.columns[c].first) && wants(1, table.columns[c].second)) selection.columns.push_back(c);
    return selection;
}

/// Counts rows as they come in order, and keeps those of the page.
class Cutter {
public:
    Cutter(const DataQuery& query, const PageFault& fault) : query_(query), fault_(fault) {}
    void add(PageRow row) {
        const int copies = copies_of(row, fault_);
        for (int copy = 0; copy < copies; ++copy, ++page_.total) {
            if (page_.total < query_.offset || page_.total - query_.offset >= query_.length) continue;
            row.is_altered = copy > 0 && fault_.kind == "conflict";
            page_.rows.push_back(row);
        }
    }
    DataPage page() { return std::move(page_); }

private:
    const DataQuery& query_;
    const PageFault& fault_;
    DataPage page_;
};

/// Hours first, then what tells all columns apart: the order of clients that page with care. Sorts the columns.
bool goes_by_hours(const DataQuery& query, const Comparison& compare, std::vector<std::size_t>& columns) {
    if (query.orders.empty() || query.orders[0].column != SortColumn::period) return false;
    if (std::ranges::find(query.orders, SortColumn::value, &Order::column) != query.orders.end()) return false;
    const auto order = [&](std::size_t a, std::size_t b) { return compare({0, a}, {0, b}, 1); };
    std::ranges::sort(columns, [&](std::size_t a, std::size_t b) { return order(a, b) < 0; });
    return std::ranges::adjacent_find(columns, [&](std::size_t a, std::size_t b) { return order(a, b) == 0; }) ==
           columns.end();
}

void sort(std::vector<PageRow>& rows, const DataQuery& query, const Comparison& compare) {
    const auto chance = [&](const PageRow& row) {
        return mix_seed(static_cast<std::uint64_t>(query.offset), static_cast<std::uint64_t>(row.hour), row.column);
    };
    std::ranges::sort(rows, [&](const PageRow& a, const PageRow& b) {
        if (const int order = compare(a, b)) return order < 0;
        return chance(a) < chance(b);
    });
}

}  // namespace

DataPage cut_page(const Grid& grid, const ServedRoute& route, const GridTable& table, const DataQuery& query,
                  const PageFault& fault) {
    const Comparison compare(grid, route, table, query);
    Selection selection = select(grid, table, query);
    Cutter cutter(query, fault);
    const std::int64_t hours = selection.end - selection.begin;
    const auto rows_of_hour = [&](std::int64_t hour, auto&& take) {
        for (const std::size_t column : selection.columns)
            if (table.has(grid, column, hour)) take(PageRow{hour, column});
    };
    if (goes_by_hours(query, compare, selection.columns)) {
        const bool is_backward = query.orders[0].is_descending;
        for (std::int64_t i = 0; i < hours; ++i)
            rows_of_hour(is_backward ? selection.end - 1 - i : selection.begin + i,
                         [&](const PageRow& row) { cutter.add(row); });
    } else {
        std::vector<PageRow> rows;
        for (std::int64_t i = 0; i < hours; ++i)
            rows_of_hour(selection.begin + i, [&](const PageRow& row) { rows.push_back(row); });
        sort(rows, query, compare);
        for (const PageRow& row : rows) cutter.add(row);
    }
    return cutter.page();
}

}  // namespace gridring::source
