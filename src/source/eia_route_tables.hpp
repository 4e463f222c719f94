// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/source/eia.hpp"

/// What the hourly routes below electricity/rto differ in, for the server's side of the API.
namespace gridring::source {

inline constexpr std::string_view rto_path = "/electricity/rto";

/// One of a route's two facets, which with the hour are the key of a row.
struct RouteFacet {
    std::string_view id;           ///< "fueltype", also the column of the code
    std::string_view name_column;  ///< "type-name"
    std::string_view description;
    std::string (*name_of)(std::string_view code);
    std::vector<Facet> (*known)();  ///< what the facet's route lists; some have no rows
};

struct ServedRoute {
    std::string_view id;                 ///< "fuel-type-data"
    std::string_view name, description;  ///< as the API words them
    std::array<RouteFacet, 2> facets;    ///< in the order of a row's columns
};

/// region-data first.
const std::vector<ServedRoute>& routes();
/// Null for an unknown one.
const ServedRoute* find_route(std::string_view id);

/// The fuels of EIA-930 with the names of the API; those from BAT on came in November 2024.
const std::vector<Facet>& eia_fuels();
/// Parts of a balancing authority whose demand the API tells apart.
struct SubArea {
    std::string_view code, name, parent;
};
/// Those of the synthetic grid's authorities, in order of code.
const std::vector<SubArea>& eia_sub_areas();

}  // namespace gridring::source
