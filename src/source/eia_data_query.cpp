// SPDX-License-Identifier: MIT
#include "eia_data_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "nested_parameters.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// Bounds are compared as text with the hour stamps, so "2024", "2024-01" and "2024-01-02" mean their first hour, at
/// both ends.
Hour parse_bound(const std::string& text, const char* name) {
    std::string full = text;
    if (full.size() == 4) full += "-01";
    if (full.size() == 7) full += "-01";
    const auto hour = full.find(' ') == std::string::npos ? parse_hour(full) : std::nullopt;
    if (!hour)
        throw BadRequest(
            fmt::format("Invalid {} '{}' provided. The expected format is 'YYYY-MM-DD\"T\"HH24'.", name, text));
    return *hour;
}

std::int64_t parse_count(const json& params, const char* name, std::int64_t fallback) {
    const std::string text = text_of(params, name, std::to_string(fallback));
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < 0)
        throw BadRequest(fmt::format("Invalid {} '{}' provided. Expected a non-negative integer.", name, text));
    return count;
}

SortColumn parse_sort_column(const std::string& text, const ServedRoute& route) {
    const auto& [first, second] = route.facets;
    if (text == "period") return SortColumn::period;
    if (text == first.id) return SortColumn::first;
    if (text == first.name_column) return SortColumn::first_name;
    if (text == second.id) return SortColumn::second;
    if (text == second.name_column) return SortColumn::second_name;
    if (text == "value") return SortColumn::value;
    if (text == "value-units") return SortColumn::units;
    throw BadRequest(fmt::format("Invalid sort column '{}' provided.", text));
}

std::vector<Order> parse_orders(const json& params, const ServedRoute& route) {
    std::vector<Order> orders;
    const auto sort = params.find("sort");
    if (sort == params.end()) return orders;
    if (!sort->is_array()) throw BadRequest("Invalid sort provided. Expected sort[0][column] and sort[0][direction].");
    for (const json& entry : *sort) {
        const std::string column = entry.is_object() ? text_of(entry, "column", "") : "";
        const std::string direction = entry.is_object() ? text_of(entry, "direction", "asc") : "";
        if (direction != "asc" && direction != "desc")
            throw BadRequest(fmt::format("Invalid sort direction '{}' provided.", direction));
        orders.push_back({parse_sort_column(column, route), direction == "desc"});
    }
    return orders;
}

void parse_facets(const json& params, const ServedRoute& route, DataQuery& query) {
    const auto facets = params.find("facets");
    if (facets == params.end()) return;
    if (!facets->is_object()) throw BadRequest("Invalid facets provided. Expected facets[name][]=value.");
    for (const auto& [name, values] : facets->items()) {
        const auto facet = std::ranges::find(route.facets, name, &RouteFacet::id);
        if (facet == route.facets.end()) throw BadRequest(fmt::format("Invalid facet '{}' provided.", name));
        auto& wanted = query.facets[static_cast<std::size_t>(facet - route.facets.begin())];
        for (const auto& value : strings_of(values)) wanted.insert(value);
    }
}

}  // namespace

DataQuery parse_data_query(const Grid& grid, const ServedRoute& route, const json& params) {
    const std::string frequency = text_of(params, "frequency", "hourly");
    if (frequency != "hourly")
        throw BadRequest(
            fmt::format("Invalid frequency '{}' provided. The only valid frequencies are 'hourly'.", frequency));
    if (text_of(params, "out", "json") != "json")
        throw BadRequest("Invalid out provided. This emulator of the API speaks json only.");
    DataQuery query;
    query.first = parse_bound(text_of(params, "start", to_string(grid.first)), "start");
    query.last = parse_bound(text_of(params, "end", to_string(grid.last())), "end");
    if (const auto data = params.find("data"); data != params.end())
        for (const auto& column : strings_of(*data)) {
            if (column != "value")
                throw BadRequest(fmt::format("Invalid data '{}' provided. The only valid data are 'value'.", column));
            query.has_value = true;
        }
    parse_facets(params, route, query);
    query.orders = parse_orders(params, route);
    query.offset = parse_count(params, "offset", 0);
    query.length = parse_count(params, "length", eia_page_rows);
    query.is_clamped = query.length > eia_page_rows;
    query.length = std::min(query.length, eia_page_rows);
    return query;
}

}  // namespace gridring::source
