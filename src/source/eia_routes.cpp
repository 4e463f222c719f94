// SPDX-License-Identifier: MIT
#include "eia_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nested_parameters.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// Of facet `f`: all that the API knows, and what is served besides. Most have no rows here, as some have none there.
json facet_values(const Grid& grid, const ServedRoute& route, std::size_t f) {
    const RouteFacet& facet = route.facets[f];
    std::map<std::string, std::string> values;
    for (const Facet& known : facet.known()) values[known.id] = known.name;
    const auto table = table_of(grid, route);
    for (const GridColumn& column : table->columns) {
        const std::string& code = f == 0 ? column.first : column.second;
        values.emplace(code, facet.name_of(code));
    }
    json facets = json::array();
    for (const auto& [id, name] : values) facets.push_back({{"id", id}, {"name", name}});
    return {{"totalFacets", std::to_string(facets.size())}, {"facets", facets}};
}

json facet_list(const ServedRoute& route) {
    json list = json::array();
    for (const RouteFacet& facet : route.facets) list.push_back({{"id", facet.id}, {"description", facet.description}});
    return list;
}

json metadata(const Grid& grid, const ServedRoute& route) {
    constexpr std::string_view format = "YYYY-MM-DD\"T\"HH24";
    return {{"id", route.id},
            {"name", route.name},
            {"description", route.description},
            {"frequency",
             {{{"id", "hourly"},
               {"alias", "hourly (UTC)"},
               {"description", "One data point for each hour in UTC time."},
               {"query", "H"},
               {"format", format}}}},
            {"facets", facet_list(route)},
            {"data", {{"value", {{"alias", "Value"}, {"units", "megawatthours"}}}}},
            {"startPeriod", to_string(table_of(grid, route)->first_hour(grid))},
            {"endPeriod", to_string(grid.last_published())},
            {"defaultDateFormat", format},
            {"defaultFrequency", "hourly"}};
}

json parent(std::string_view id, const std::vector<Facet>& children) {
    json list = json::array();
    for (const Facet& child : children) list.push_back({{"id", child.id}, {"name", child.name}});
    return {{"id", id}, {"routes", list}};
}

json rto() {
    std::vector<Facet> children;
    for (const ServedRoute& route : routes()) children.push_back({std::string(route.id), std::string(route.name)});
    return parent("rto", children);
}

net::Response good(std::string_view path, const json& params, const json& response) {
    return {200, "{\"response\":" + response.dump() + envelope_tail(path, params), "application/json", {}, {}};
}

}  // namespace

net::Response refuse(int status, std::string_view message, int code) {
    const json body{{"error", message}, {"code", code}};
    return {status, to_text(body), "application/json", {}, {}};
}

std::string envelope_tail(std::string_view path, const json& params) {
    std::string command;
    for (const char c : fmt::format("/v2{}/", path)) command += c == '/' ? std::string("\\/") : std::string(1, c);
    return fmt::format(R"(,"request":{{"command":"{}","params":{}}},"apiVersion":"{}","ExcelAddInVersion":"2.1.0"}})",
                       command, to_text(params), emulated_version);
}

net::Response answer_route(const Grid& grid, std::string_view path, const json& params, const PageFault& fault) {
    if (path.empty()) return good(path, params, parent("", {{"electricity", "Electricity"}}));
    if (path == "/electricity")
        return good(path, params, parent("electricity", {{"rto", "Electric Power Operations (Daily And Hourly)"}}));
    if (path == rto_path) return good(path, params, rto());
    if (path.starts_with(rto_path) && path[rto_path.size()] == '/') {
        const std::string_view below = path.substr(rto_path.size() + 1);
        const std::string_view rest = below.substr(std::min(below.find('/'), below.size()));
        if (const ServedRoute* route = find_route(below.substr(0, below.find('/')))) {
            if (rest.empty()) return good(path, params, metadata(grid, *route));
            if (rest == "/data") return answer_data(grid, *route, params, fault);
            if (rest == "/facet") return good(path, params, {{"totalFacets", 2}, {"facets", facet_list(*route)}});
            for (std::size_t f = 0; f < route->facets.size(); ++f)
                if (rest == fmt::format("/facet/{}", route->facets[f].id))
                    return good(path, params, facet_values(grid, *route, f));
        }
    }
    return refuse(500, "Not found.", 404);  // as recorded: before 2.1.10 status and body disagree
}

}  // namespace gridring::source
