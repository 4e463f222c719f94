// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "bulk_quantities.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {

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
    if (route.name == "fuel-type-data") {
        auto [fuel, is_known] = fuel_of_code(item);
        if (!is_known && !item_name.empty()) fuel.long_name = "net generation from " + item_name;
        return {fuel.variable, item, fuel.long_name, region, region_name, is_known};
    }
    if (route.name == "interchange-data") {
        const BulkQuantity interchange = interchange_with(item);
        return {interchange.variable, item, interchange.long_name, region, region_name};
    }
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
