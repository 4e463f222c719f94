// SPDX-License-Identifier: MIT
#include "eia_routes.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "gridring/source/eia.hpp"
#include "nested_parameters.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

json facet_values(const Grid& grid, std::string_view facet) {
    std::map<std::string, std::string>
        values;  // every respondent EIA knows: most have no rows here, as some have none there
    if (facet == "respondent") {
        for (const Facet& known : eia_respondents()) values[known.id] = known.name;
        for (const GridRespondent& served : grid.respondents) values[served.code] = served.name;
    } else {
        for (const Quantity& quantity : quantities()) values[std::string(quantity.code)] = quantity.eia_name;
    }
    json facets = json::array();
    for (const auto& [id, name] : values) facets.push_back({{"id", id}, {"name", name}});
    return {{"totalFacets", std::to_string(facets.size())}, {"facets", facets}};
}

json facet_list() {
    return {{{"id", "respondent"}, {"description", "Respondent"}}, {{"id", "type"}, {"description", "Type"}}};
}

json metadata(const Grid& grid) {
    constexpr std::string_view format = "YYYY-MM-DD\"T\"HH24";
    return {{"id", "region-data"},
            {"name", "Hourly Demand, Demand Forecast, Generation, and Interchange"},
            {"description",
             "Hourly demand, day-ahead demand forecast, net generation, and interchange by balancing authority."},
            {"frequency",
             {{{"id", "hourly"},
               {"alias", "hourly (UTC)"},
               {"description", "One data point for each hour in UTC time."},
               {"query", "H"},
               {"format", format}}}},
            {"facets", facet_list()},
            {"data", {{"value", {{"alias", "Value"}, {"units", "megawatthours"}}}}},
            {"startPeriod", to_string(grid.first)},
            {"endPeriod", to_string(grid.last())},
            {"defaultDateFormat", format},
            {"defaultFrequency", "hourly"}};
}

json parent(std::string_view id, std::string_view child, std::string_view name) {
    json routes = json::array();
    routes.push_back({{"id", child}, {"name", name}});
    return {{"id", id}, {"routes", routes}};
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

net::Response answer_route(const Grid& grid, std::string_view path, const json& params) {
    if (path.empty()) return good(path, params, parent("", "electricity", "Electricity"));
    if (path == "/electricity")
        return good(path, params, parent("electricity", "rto", "Electric Power Operations (Daily And Hourly)"));
    if (path == "/electricity/rto")
        return good(path, params, parent("rto", "region-data", "Hourly Demand, Forecast, Generation, Interchange"));
    constexpr std::string_view route = "/electricity/rto/region-data";
    if (path.starts_with(route)) {
        const std::string_view rest = path.substr(route.size());
        if (rest.empty()) return good(path, params, metadata(grid));
        if (rest == "/data") return answer_data(grid, params);
        if (rest == "/facet") return good(path, params, {{"totalFacets", 2}, {"facets", facet_list()}});
        if (rest == "/facet/respondent" || rest == "/facet/type")
            return good(path, params, facet_values(grid, rest.substr(7)));
    }
    return refuse(500, "Not found.", 404);  // as recorded: before 2.1.10 status and body disagree
}

}  // namespace gridring::source
