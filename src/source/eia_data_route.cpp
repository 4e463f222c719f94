// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <iterator>

#include "eia_page.hpp"
#include "eia_routes.hpp"
#include "gridring/core/random.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// The fixed text of the rows of each column, between the hour and the value.
std::vector<std::string> texts_of(const ServedRoute& route, const GridTable& table) {
    const auto pair = [](const RouteFacet& facet, const std::string& code) {
        return fmt::format(R"("{}":{},"{}":{})", facet.id, json(code).dump(), facet.name_column,
                           json(facet.name_of(code)).dump());
    };
    std::vector<std::string> texts;
    for (const auto& [first, second] : table.columns)
        texts.push_back(fmt::format(R"(",{},{})", pair(route.facets[0], first), pair(route.facets[1], second)));
    return texts;
}

/// Writes the rows of a page, with numbers as text or, as before 2.1.6, as numbers.
class RowWriter {
public:
    RowWriter(const Grid& grid, const ServedRoute& route, const GridTable& table, const PageFault& fault)
        : grid_(grid), table_(table), fault_(fault), texts_(texts_of(route, table)) {}

    void write(std::string& body, const DataPage& page, bool has_value) {
        for (std::size_t i = 0; i < page.rows.size(); ++i) {
            const PageRow& row = page.rows[i];
            if (row.hour != hour_) period_ = to_string(grid_.hour(hour_ = row.hour));
            body.append(i == 0 ? "{\"period\":\"" : ",{\"period\":\"").append(period_).append(texts_[row.column]);
            if (has_value) write_value(body, row);
            body += '}';
        }
    }

private:
    void write_value(std::string& body, const PageRow& row) const {
        double value = table_.value(grid_, row.column, row.hour);
        if (row.is_altered) value += alteration(row);
        const auto end = std::back_inserter(body);
        if (is_hidden(row, fault_))
            body += R"(,"value":null)";
        else if (fault_.kind == "numbers")
            fmt::format_to(end, R"(,"value":{})", value);
        else
            fmt::format_to(end, R"(,"value":"{}")", value);
        body += R"(,"value-units":"megawatthours")";
    }
    double alteration(const PageRow& row) const {
        return 1 + static_cast<double>(
                       Random(mix_seed(fault_.of_table, static_cast<std::uint64_t>(row.hour), row.column)).below(500));
    }

    const Grid& grid_;
    const GridTable& table_;
    const PageFault& fault_;
    std::vector<std::string> texts_;
    std::int64_t hour_ = -1;
    std::string period_;
};

std::string write_body(const Grid& grid, const ServedRoute& route, const json& params, const PageFault& fault) {
    const DataQuery query = parse_data_query(grid, route, params);
    auto table = table_of(grid, route);
    if (fault.kind == "new-fuel" && route.id == "fuel-type-data") table = with_new_fuel(std::move(table));
    DataPage page = cut_page(grid, route, *table, query, fault);
    spoil_page(page, fault);
    std::string body;
    body.reserve(page.rows.size() * 210 + 2000);
    body += R"({"response":{)";
    if (query.is_clamped)
        body +=
            R"("warnings":[{"warning":"incomplete return","description":"The API can only return 5000 rows in JSON format."}],)";
    const char* quote = fault.kind == "numbers" ? "" : "\"";
    body += fmt::format(R"("total":{}{}{},"dateFormat":"YYYY-MM-DD\"T\"HH24","frequency":"hourly","data":[)", quote,
                        page.total, quote);
    RowWriter(grid, route, *table, fault).write(body, page, query.has_value);
    body += fmt::format(R"(],"description":{}}})", json(route.description).dump());
    body += envelope_tail(fmt::format("{}/{}/data", rto_path, route.id), params);
    return body;
}

}  // namespace

net::Response answer_data(const Grid& grid, const ServedRoute& route, const json& params, const PageFault& fault) {
    try {
        return {200, write_body(grid, route, params, fault), "application/json", {}, {}};
    } catch (const BadRequest& problem) {
        return refuse(400, problem.what(), 400);
    }
}

}  // namespace gridring::source
