// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

/// A name that HDF5, xarray and a shell take without quotes.
std::string slug(std::string_view code) {
    std::string text;
    for (const char c : code)
        text += std::isalnum(static_cast<unsigned char>(c))
                    ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
                    : '_';
    return text;
}

/// The API words some fuels in several ways ("Pumped storage", "Pumped Storage"); these are ours.
std::string fuel_name(const std::string& code, const std::string& api_name) {
    static const std::map<std::string, std::string> names{{"BAT", "battery storage"},
                                                          {"COL", "coal"},
                                                          {"GEO", "geothermal"},
                                                          {"NG", "natural gas"},
                                                          {"NUC", "nuclear"},
                                                          {"OES", "other energy storage"},
                                                          {"OIL", "petroleum"},
                                                          {"OTH", "other"},
                                                          {"PS", "pumped storage"},
                                                          {"SNB", "solar with battery"},
                                                          {"SUN", "solar"},
                                                          {"UES", "unknown energy storage"},
                                                          {"UNK", "unknown"},
                                                          {"WAT", "hydro"},
                                                          {"WNB", "wind with battery"},
                                                          {"WND", "wind"}};
    const auto found = names.find(code);
    if (found != names.end()) return found->second;
    return api_name.empty() ? code : api_name;
}

}  // namespace

const std::vector<Route>& eia_routes() {
    static const std::vector<Route> all{
        {"region-data", "respondent", "type", "type-name", "demand, its forecast, net generation, total interchange"},
        {"fuel-type-data", "respondent", "fueltype", "type-name", "net generation by source of energy"},
        {"interchange-data", "fromba", "toba", "toba-name", "interchange with each neighbour"},
        {"region-sub-ba-data", "parent", "subba", "subba-name", "demand of the parts of a balancing authority"},
    };
    return all;
}

const Route& require_route(std::string_view name) {
    const auto found = std::ranges::find(eia_routes(), name, &Route::name);
    if (found == eia_routes().end())
        throw ConfigError(
            fmt::format("'{}' is no data set of EIA-930; expected region-data, fuel-type-data, interchange-data or "
                        "region-sub-ba-data",
                        name));
    return *found;
}

const std::vector<Quantity>& quantities() {
    static const std::vector<Quantity> all{
        {"D", "demand", "Demand", "electricity demand"},
        {"DF", "demand_forecast", "Day-ahead demand forecast", "day-ahead demand forecast of the operator"},
        {"NG", "net_generation", "Net generation", "net generation"},
        {"TI", "total_interchange", "Total interchange", "total interchange, positive when the region exports"},
    };
    return all;
}

const Quantity& require_quantity(std::string_view code) {
    const auto found = std::ranges::find(quantities(), code, &Quantity::code);
    if (found == quantities().end())
        throw ConfigError(fmt::format("type '{}' is not one of EIA region-data; expected D, DF, NG or TI", code));
    return *found;
}

Place place_of(const Route& route, const std::string& region, const std::string& item, const std::string& item_name) {
    const std::string region_name = name_of_respondent(region);
    if (route.name == "fuel-type-data")
        return {"generation_" + slug(item), item, "net generation from " + fuel_name(item, item_name), region,
                region_name};
    if (route.name == "interchange-data")
        return {"interchange_" + slug(item), item,
                fmt::format("interchange with {}, positive when the region exports", name_of_respondent(item)), region,
                region_name};
    const Quantity& quantity = require_quantity(route.name == "region-data" ? item : "D");
    Place place{std::string(quantity.variable), std::string(quantity.code), std::string(quantity.long_name), region,
                region_name};
    if (route.name == "region-sub-ba-data") {
        place.region = fmt::format("{}-{}", region, item);
        place.region_name = item_name.empty() ? place.region : item_name;
    }
    return place;
}

}  // namespace gridring::source
