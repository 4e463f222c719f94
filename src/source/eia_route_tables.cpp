// SPDX-License-Identifier: MIT
#include "eia_route_tables.hpp"

#include <algorithm>

namespace gridring::source {
namespace {

/// Interchange alone knows of balancing authorities abroad.
const std::vector<Facet>& foreign_authorities() {
    static const std::vector<Facet> all{
        {"AESO", "Alberta Electric System Operator"},
        {"BCHA", "British Columbia Hydro and Power Authority"},
        {"CEN", "Centro Nacional de Control de Energia"},
        {"HQT", "Hydro-Quebec TransEnergie"},
        {"IESO", "Ontario IESO"},
        {"MHEB", "Manitoba Hydro"},
        {"NBSO", "New Brunswick System Operator"},
        {"SPC", "Saskatchewan Power Corporation"},
    };
    return all;
}

std::string name_in(const std::vector<Facet>& all, std::string_view code) {
    const auto found = std::ranges::find(all, code, &Facet::id);
    return found == all.end() ? std::string(code) : found->name;
}

std::string name_of_fuel(std::string_view code) { return name_in(eia_fuels(), code); }
std::string name_of_neighbour(std::string_view code) {
    const std::string name = name_of_respondent(code);
    return name == code ? name_in(foreign_authorities(), code) : name;
}
std::string name_of_sub_area(std::string_view code) {
    const auto found = std::ranges::find(eia_sub_areas(), code, &SubArea::code);
    return std::string(found == eia_sub_areas().end() ? code : found->name);
}

std::vector<Facet> types() {
    std::vector<Facet> all;
    for (const Quantity& quantity : quantities())
        all.push_back({std::string(quantity.code), std::string(quantity.eia_name)});
    return all;
}
std::string name_of_type(std::string_view code) { return name_in(types(), code); }

std::vector<Facet> respondents() { return eia_respondents(); }
std::vector<Facet> fuels() { return eia_fuels(); }
std::vector<Facet> neighbours() {
    std::vector<Facet> all = eia_respondents();
    all.insert(all.end(), foreign_authorities().begin(), foreign_authorities().end());
    return all;
}
std::vector<Facet> sub_areas() {
    std::vector<Facet> all;
    for (const SubArea& area : eia_sub_areas()) all.push_back({std::string(area.code), std::string(area.name)});
    return all;
}
std::vector<Facet> parents() {
    std::vector<Facet> all;
    for (const char* code : {"CISO", "ERCO", "ISNE", "MISO", "NYIS", "PJM", "PNM", "SWPP"})
        all.push_back({code, name_of_respondent(code)});
    return all;
}

}  // namespace

const std::vector<ServedRoute>& routes() {
    static const std::vector<ServedRoute> all{
        {"region-data",
         "Hourly Demand, Demand Forecast, Generation, and Interchange",
         "Hourly demand, day-ahead demand forecast, net generation, and interchange by balancing authority.",
         {{{"respondent", "respondent-name", "Respondent", name_of_respondent, respondents},
           {"type", "type-name", "Type", name_of_type, types}}}},
        {"fuel-type-data",
         "Hourly Generation by Energy Source",
         "Hourly net generation by balancing authority and energy source.",
         {{{"respondent", "respondent-name", "Respondent", name_of_respondent, respondents},
           {"fueltype", "type-name", "Energy Source", name_of_fuel, fuels}}}},
        {"region-sub-ba-data",
         "Hourly Demand by Subregion",
         "Hourly demand by balancing authority subregion.",
         {{{"subba", "subba-name", "Subregion", name_of_sub_area, sub_areas},
           {"parent", "parent-name", "Balancing Authority", name_of_respondent, parents}}}},
        {"interchange-data",
         "Hourly Interchange by Neighboring Balancing Authority",
         "Hourly interchange between neighboring balancing authorities.",
         {{{"fromba", "fromba-name", "From Balancing Authority", name_of_neighbour, respondents},
           {"toba", "toba-name", "To Balancing Authority", name_of_neighbour, neighbours}}}},
    };
    return all;
}

const ServedRoute* find_route(std::string_view id) {
    const auto found = std::ranges::find(routes(), id, &ServedRoute::id);
    return found == routes().end() ? nullptr : &*found;
}

const std::vector<Facet>& eia_fuels() {
    static const std::vector<Facet> all{
        {"COL", "Coal"},
        {"NG", "Natural Gas"},
        {"NUC", "Nuclear"},
        {"OIL", "Petroleum"},
        {"OTH", "Other"},
        {"SUN", "Solar"},
        {"UNK", "Unknown"},
        {"WAT", "Hydro"},
        {"WND", "Wind"},
        {"BAT", "Battery storage"},
        {"GEO", "Geothermal"},
        {"OES", "Other energy storage"},
        {"PS", "Pumped storage"},
        {"SNB", "Solar with integrated battery storage"},
        {"UES", "Unknown energy storage"},
        {"WNB", "Wind with integrated battery storage"},
    };
    return all;
}

const std::vector<SubArea>& eia_sub_areas() {
    static const std::vector<SubArea> all{
        {"0001", "Zone 1", "MISO"},
        {"0004", "Zone 4", "MISO"},
        {"0006", "Zone 6", "MISO"},
        {"0027", "Zones 2 and 7", "MISO"},
        {"0035", "Zones 3 and 5", "MISO"},
        {"8910", "Zones 8, 9, and 10", "MISO"},
        {"COAS", "Coast", "ERCO"},
        {"CSWS", "AEPW American Electric Power West", "SWPP"},
        {"EAST", "East", "ERCO"},
        {"EDE", "Empire District Electric Company", "SWPP"},
        {"FWES", "Far West", "ERCO"},
        {"GRDA", "Grand River Dam Authority", "SWPP"},
        {"INDN", "Independence Power & Light", "SWPP"},
        {"KACY", "Kansas City Board of Public Utilities", "SWPP"},
        {"KCPL", "Kansas City Power & Light", "SWPP"},
        {"LES", "Lincoln Electric System", "SWPP"},
        {"MPS", "KCP&L Greater Missouri Operations", "SWPP"},
        {"NCEN", "North Central", "ERCO"},
        {"NPPD", "Nebraska Public Power District", "SWPP"},
        {"NRTH", "North", "ERCO"},
        {"OKGE", "Oklahoma Gas and Electric Co.", "SWPP"},
        {"OPPD", "Omaha Public Power District", "SWPP"},
        {"PGAE", "Pacific Gas and Electric", "CISO"},
        {"SCE", "Southern California Edison", "CISO"},
        {"SCEN", "South Central", "ERCO"},
        {"SDGE", "San Diego Gas and Electric", "CISO"},
        {"SECI", "Sunflower Electric", "SWPP"},
        {"SOUT", "South", "ERCO"},
        {"SPRM", "City of Springfield", "SWPP"},
        {"SPS", "Southwestern Public Service Company", "SWPP"},
        {"VEA", "Valley Electric Association", "CISO"},
        {"WAUE", "Western Area Power Upper Great Plains East", "SWPP"},
        {"WEST", "West", "ERCO"},
        {"WFEC", "Western Farmers Electric Cooperative", "SWPP"},
        {"WR", "Westar Energy", "SWPP"},
    };
    return all;
}

}  // namespace gridring::source
