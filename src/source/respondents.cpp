// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "gridring/core/edit_distance.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

/// In lower case no letter would match: all codes would be as far away.
std::string nearest(std::string code, std::vector<Facet> known) {
    std::ranges::transform(code, code.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::ranges::sort(known, {},
                      [&](const Facet& facet) { return std::pair(edit_distance(code, facet.id), facet.id); });
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, known.size()); ++i)
        list += fmt::format("{}{} ({})", i ? ", " : "", known[i].id, known[i].name);
    return list;
}

}  // namespace

void require_known(const std::vector<std::string>& respondents, const std::vector<Facet>& known) {
    std::string problems;
    for (const auto& code : respondents)
        if (std::ranges::find(known, code, &Facet::id) == known.end())
            problems += fmt::format(
                "{}region '{}' is unknown to EIA, which would answer with zero rows; nearest known codes: {}",
                problems.empty() ? "" : "\n", code, nearest(code, known));
    if (!problems.empty()) throw UnknownRegion(problems);
}

std::string name_of_respondent(std::string_view code) {
    const auto& all = eia_respondents();
    const auto found = std::ranges::lower_bound(all, code, {}, &Facet::id);
    return found != all.end() && found->id == code ? found->name : std::string(code);
}

const std::vector<Facet>& eia_respondents() {
    static const std::vector<Facet> all{
        {"AEC", "PowerSouth Energy Cooperative"},
        {"AECI", "Associated Electric Cooperative, Inc."},
        {"AVA", "Avista Corporation"},
        {"AVRN", "Avangrid Renewables, LLC"},
        {"AZPS", "Arizona Public Service Company"},
        {"BANC", "Balancing Authority of Northern California"},
        {"BPAT", "Bonneville Power Administration"},
        {"CAL", "California"},
        {"CAR", "Carolinas"},
        {"CENT", "Central"},
        {"CHPD", "Public Utility District No. 1 of Chelan County"},
        {"CISO", "California Independent System Operator"},
        {"CPLE", "Duke Energy Progress East"},
        {"CPLW", "Duke Energy Progress West"},
        {"DEAA", "Arlington Valley, LLC"},
        {"DOPD", "PUD No. 1 of Douglas County"},
        {"DUK", "Duke Energy Carolinas"},
        {"EEI", "Electric Energy, Inc."},
        {"EPE", "El Paso Electric Company"},
        {"ERCO", "Electric Reliability Council of Texas, Inc."},
        {"FLA", "Florida"},
        {"FMPP", "Florida Municipal Power Pool"},
        {"FPC", "Duke Energy Florida, Inc."},
        {"FPL", "Florida Power & Light Co."},
        {"GCPD", "Public Utility District No. 2 of Grant County, Washington"},
        {"GLHB", "GridLiance"},
        {"GRID", "Gridforce Energy Management, LLC"},
        {"GRIF", "Griffith Energy, LLC"},
        {"GRMA", "Gila River Power, LLC"},
        {"GVL", "Gainesville Regional Utilities"},
        {"GWA", "NaturEner Power Watch, LLC"},
        {"HGMA", "New Harquahala Generating Company, LLC"},
        {"HST", "City of Homestead"},
        {"IID", "Imperial Irrigation District"},
        {"IPCO", "Idaho Power Company"},
        {"ISNE", "ISO New England"},
        {"JEA", "JEA"},
        {"LDWP", "Los Angeles Department of Water and Power"},
        {"LGEE", "Louisville Gas and Electric Company and Kentucky Utilities Company"},
        {"MIDA", "Mid-Atlantic"},
        {"MIDW", "Midwest"},
        {"MISO", "Midcontinent Independent System Operator, Inc."},
        {"NE", "New England"},
        {"NEVP", "Nevada Power Company"},
        {"NSB", "Utilities Commission of New Smyrna Beach"},
        {"NW", "Northwest"},
        {"NWMT", "NorthWestern Corporation"},
        {"NY", "New York"},
        {"NYIS", "New York Independent System Operator"},
        {"OVEC", "Ohio Valley Electric Corporation"},
        {"PACE", "PacifiCorp East"},
        {"PACW", "PacifiCorp West"},
        {"PGE", "Portland General Electric Company"},
        {"PJM", "PJM Interconnection, LLC"},
        {"PNM", "Public Service Company of New Mexico"},
        {"PSCO", "Public Service Company of Colorado"},
        {"PSEI", "Puget Sound Energy, Inc."},
        {"SC", "South Carolina Public Service Authority"},
        {"SCEG", "Dominion Energy South Carolina, Inc."},
        {"SCL", "Seattle City Light"},
        {"SE", "Southeast"},
        {"SEC", "Seminole Electric Cooperative"},
        {"SEPA", "Southeastern Power Administration"},
        {"SOCO", "Southern Company Services, Inc. - Trans"},
        {"SPA", "Southwestern Power Administration"},
        {"SRP", "Salt River Project Agricultural Improvement and Power District"},
        {"SW", "Southwest"},
        {"SWPP", "Southwest Power Pool"},
        {"TAL", "City of Tallahassee"},
        {"TEC", "Tampa Electric Company"},
        {"TEN", "Tennessee"},
        {"TEPC", "Tucson Electric Power"},
        {"TEX", "Texas"},
        {"TIDC", "Turlock Irrigation District"},
        {"TPWR", "City of Tacoma, Department of Public Utilities, Light Division"},
        {"TVA", "Tennessee Valley Authority"},
        {"US48", "United States Lower 48"},
        {"WACM", "Western Area Power Administration - Rocky Mountain Region"},
        {"WALC", "Western Area Power Administration - Desert Southwest Region"},
        {"WAUW", "Western Area Power Administration - Upper Great Plains West"},
        {"WWA", "NaturEner Wind Watch, LLC"},
        {"YAD", "Alcoa Power Generating, Inc. - Yadkin Division"},
    };
    return all;
}

}  // namespace gridring::source
