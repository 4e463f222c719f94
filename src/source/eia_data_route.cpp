// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eia_data_query.hpp"
#include "eia_routes.hpp"
#include "gridring/core/random.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// One (respondent, type) that the query asks for, with the fixed text of its rows.
struct Column {
    const std::vector<double>* values;
    std::string respondent, type, text;
};

std::vector<Column> columns_of(const Grid& grid, const DataQuery& query) {
    std::vector<Column> columns;
    for (const auto& respondent : grid.respondents) {
        if (!query.respondents.empty() && !query.respondents.contains(respondent.code)) continue;
        for (const auto& quantity : respondent.quantities) {
            if (!query.types.empty() && !query.types.contains(quantity.type)) continue;
            columns.push_back({&quantity.values, respondent.code, quantity.type,
                               fmt::format(R"(","respondent":{},"respondent-name":{},"type":"{}","type-name":"{}")",
                                           json(respondent.code).dump(), json(respondent.name).dump(), quantity.type,
                                           require_quantity(quantity.type).eia_name)});
        }
    }
    return columns;
}

/// Row of hour `hour` of a column; both are indices.
struct Cell {
    std::int64_t hour;
    std::size_t column;
};

/// All rows of the query: hour by hour, within an hour in order of respondent and type.
std::vector<Cell> cells_of(const Grid& grid, const DataQuery& query, const std::vector<Column>& columns) {
    std::vector<Cell> cells;
    const std::int64_t begin = std::max<std::int64_t>(0, (query.first - grid.first).count());
    const std::int64_t end = std::min(grid.hours, (query.last - grid.first).count() + 1);
    for (std::int64_t hour = begin; hour < end; ++hour)
        for (std::size_t c = 0; c < columns.size(); ++c)
            if (!std::isnan((*columns[c].values)[static_cast<std::size_t>(hour)])) cells.push_back({hour, c});
    return cells;
}

bool is_natural(const std::vector<Order>& orders) {
    constexpr const char* key[] = {"period", "respondent", "type"};
    if (orders.size() < std::size(key)) return false;
    for (std::size_t i = 0; i < std::size(key); ++i)
        if (orders[i].column != key[i] || orders[i].is_descending) return false;
    return true;
}

int compare(const Cell& a, const Cell& b, const std::string& column, const std::vector<Column>& columns) {
    const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (column == "period") return sign(a.hour, b.hour);
    if (column == "respondent") return sign(columns[a.column].respondent, columns[b.column].respondent);
    if (column == "type") return sign(columns[a.column].type, columns[b.column].type);
    return sign((*columns[a.column].values)[static_cast<std::size_t>(a.hour)],
                (*columns[b.column].values)[static_cast<std::size_t>(b.hour)]);
}

/// Rows that the asked-for order does not tell apart come in an order of their own for every page: so did the API's,
/// and pages fetched without a full-key sort overlap and leave holes.
void sort(std::vector<Cell>& cells, const DataQuery& query, const std::vector<Column>& columns) {
    if (is_natural(query.orders)) return;
    const auto chance = [&](const Cell& cell) {
        return mix_seed(static_cast<std::uint64_t>(query.offset), static_cast<std::uint64_t>(cell.hour), cell.column);
    };
    std::ranges::sort(cells, [&](const Cell& a, const Cell& b) {
        for (const auto& [column, is_descending] : query.orders)
            if (const int order = compare(a, b, column, columns)) return is_descending ? order > 0 : order < 0;
        return chance(a) < chance(b);
    });
}

void write_rows(std::string& body, const Grid& grid, const DataQuery& query, const std::vector<Column>& columns,
                const std::vector<Cell>& cells) {
    const auto begin = std::min(static_cast<std::size_t>(query.offset), cells.size());
    const auto end = std::min(begin + static_cast<std::size_t>(query.length), cells.size());
    std::int64_t written_hour = -1;
    std::string period;
    for (std::size_t i = begin; i < end; ++i) {
        const Cell& cell = cells[i];
        const Column& column = columns[cell.column];
        if (cell.hour != written_hour) period = to_string(grid.first + std::chrono::hours{written_hour = cell.hour});
        body.append(i == begin ? "{\"period\":\"" : ",{\"period\":\"").append(period).append(column.text);
        if (query.has_value)
            fmt::format_to(std::back_inserter(body), R"(,"value":"{}","value-units":"megawatthours")",
                           (*column.values)[static_cast<std::size_t>(cell.hour)]);
        body += '}';
    }
}

std::string write_body(const Grid& grid, const DataQuery& query, const json& params) {
    const auto columns = columns_of(grid, query);
    auto cells = cells_of(grid, query, columns);
    sort(cells, query, columns);
    std::string body;
    body.reserve(static_cast<std::size_t>(query.length) * 200 + 2000);
    if (query.is_clamped)
        body =
            R"({"response":{"warnings":[{"warning":"incomplete return","description":"The API can only return 5000 rows in JSON format."}],"total":")";
    else
        body = R"({"response":{"total":")";
    body += fmt::format(R"({}","dateFormat":"YYYY-MM-DD\"T\"HH24","frequency":"hourly","data":[)", cells.size());
    write_rows(body, grid, query, columns, cells);
    return body +
           R"(],"description":"Hourly demand, day-ahead demand forecast, net generation, and interchange by balancing authority."})" +
           envelope_tail("/electricity/rto/region-data/data", params);
}

}  // namespace

net::Response answer_data(const Grid& grid, const json& params) {
    try {
        return {200, write_body(grid, parse_data_query(grid, params), params), "application/json", {}, {}};
    } catch (const BadRequest& problem) {
        return refuse(400, problem.what(), 400);
    }
}

}  // namespace gridring::source
