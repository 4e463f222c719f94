// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <utility>

#include "gridring/core/calendar.hpp"

namespace gridring {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::string_view eastern = "America/New_York", central = "America/Chicago", mountain = "America/Denver",
                           arizona = "America/Phoenix", pacific = "America/Los_Angeles";

/// Balancing authorities and regions of EIA-930 (EIA-930 reference tables, "BA time zone"), sorted by code.
constexpr std::array table = std::to_array<Entry>({
    {"AEC", central},   {"AECI", central},  {"AVA", pacific},  {"AVRN", pacific},  {"AZPS", arizona}, {"BANC", pacific},
    {"BPAT", pacific},  {"CAL", pacific},   {"CAR", eastern},  {"CENT", central},  {"CHPD", pacific}, {"CISO", pacific},
    {"CPLE", eastern},  {"CPLW", eastern},  {"DEAA", arizona}, {"DOPD", pacific},  {"DUK", eastern},  {"EEI", central},
    {"EPE", arizona},   {"ERCO", central},  {"FLA", eastern},  {"FMPP", eastern},  {"FPC", eastern},  {"FPL", eastern},
    {"GCPD", pacific},  {"GLHB", eastern},  {"GRID", pacific}, {"GRIF", arizona},  {"GVL", eastern},  {"GWA", mountain},
    {"HGMA", arizona},  {"HST", eastern},   {"IID", pacific},  {"IPCO", mountain}, {"ISNE", eastern}, {"JEA", eastern},
    {"LDWP", pacific},  {"LGEE", eastern},  {"MIDA", eastern}, {"MIDW", central},  {"MISO", eastern}, {"NE", eastern},
    {"NEVP", pacific},  {"NSB", eastern},   {"NW", pacific},   {"NWMT", mountain}, {"NY", eastern},   {"NYIS", eastern},
    {"OVEC", eastern},  {"PACE", mountain}, {"PACW", pacific}, {"PGE", pacific},   {"PJM", eastern},  {"PNM", arizona},
    {"PSCO", mountain}, {"PSEI", pacific},  {"SC", eastern},   {"SCEG", eastern},  {"SCL", pacific},  {"SE", central},
    {"SEC", eastern},   {"SEPA", central},  {"SOCO", central}, {"SPA", central},   {"SRP", arizona},  {"SW", arizona},
    {"SWPP", central},  {"TAL", eastern},   {"TEC", eastern},  {"TEN", central},   {"TEPC", arizona}, {"TEX", central},
    {"TIDC", pacific},  {"TPWR", pacific},  {"TVA", central},  {"US48", eastern},  {"WACM", arizona}, {"WALC", arizona},
    {"WAUW", mountain}, {"WWA", mountain},  {"YAD", eastern},
});
static_assert(std::ranges::is_sorted(table, {}, &Entry::first));

}  // namespace

std::string_view zone_of_respondent(std::string_view code) {
    const auto entry = std::ranges::lower_bound(table, code, {}, &Entry::first);
    return entry != table.end() && entry->first == code ? entry->second : "UTC";
}

}  // namespace gridring
