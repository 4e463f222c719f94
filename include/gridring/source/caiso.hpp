// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/source/reading.hpp"

/// What CAISO's OASIS speaks: its reports, which requests to make, and what the replies mean. Knows of no job, clock or
/// file. Behaviour as recorded in July 2025; names of the interface specification 5.1.8.
namespace gridring::source {

/// What one row of a report may tell of: a price component, a kind of plant, a side of the schedule.
struct OasisItem {
    std::string_view code;       ///< in the report's item column: "MCC"
    std::string_view variable;   ///< in series.h5: "lmp_day_ahead_congestion"
    std::string_view long_name;  ///< for people and CF attributes
};

struct OasisReport {
    std::string_view name;  ///< "PRC_LMP/DAM": queryname and market run, as configurations name it
    std::string_view query, market_run;
    int version;
    std::string_view location_column, item_column;  ///< item_column is empty where rows have one meaning
    std::string_view units;                         ///< of all its variables
    int minutes;                                    ///< of one interval
    bool is_nodal;                                  ///< asked for node by node; the others bring all their locations
    std::vector<OasisItem> items;
};
/// PRC_LMP/DAM, PRC_INTVL_LMP/RTM, SLD_FCST/ACTUAL|DAM|2DA|7DA, SLD_REN_FCST/ACTUAL|DAM, ENE_SLRS/DAM|RTM.
const std::vector<OasisReport>& oasis_reports();
/// Those called `names`; "SLD_FCST" means all its market runs. Throws ConfigError naming the reports there are.
std::vector<const OasisReport*> require_oasis_reports(const std::vector<std::string>& names);

/// "Trading hub NP15" for TH_NP15_GEN-APND; the code itself where it is not known.
std::string name_of_location(std::string_view code);
/// IANA zone of a location; America/Los_Angeles but for balancing areas elsewhere.
std::string zone_of_location(std::string_view code);

// --- requests --------------------------------------------------------------------------------------------------------

inline constexpr int longest_oasis_days = 31;    ///< of one request, else error 1004
inline constexpr int most_nodes_a_request = 10;  ///< ours: the reply and the address stay small

/// Hours [first, last], both included and hour ending, of one report.
struct OasisRequest {
    const OasisReport* report;
    Hour first, last;
    std::vector<std::string> nodes;  ///< of a nodal report

    /// "PRC_LMP/DAM, 2024-01-01T01 to 2024-02-01T00".
    std::string text() const;
};

/// Cuts a span into requests of at most 31 days, on the UTC time line as well as on California's clocks, report by
/// report, in order of time.
std::vector<OasisRequest> plan_oasis(const std::vector<const OasisReport*>& reports,
                                     const std::vector<std::string>& nodes, Hour first, Hour last);

/// SingleZip, CSV. `base_url` is "https://oasis.caiso.com/oasisapi".
Call oasis_call(const std::string& base_url, const OasisRequest& request);

// --- replies ---------------------------------------------------------------------------------------------------------

struct OasisRow {
    std::chrono::sys_time<std::chrono::minutes> end;  ///< of the interval, UTC
    std::uint32_t location;                           ///< index into OasisPage::locations
    std::uint32_t item;                               ///< index into OasisReport::items
    double value;                                     ///< [report's units]; NaN where the cell is empty
};

struct OasisPage {
    std::string no_data;                 ///< OASIS's words where it has nothing for the request (error 1000)
    std::vector<std::string> locations;  ///< that rows name, in order of appearance
    std::vector<OasisRow> rows;          ///< in any order, as received
    std::vector<std::string> bad_rows;   ///< left out of `rows`, each with what is wrong with it
    std::set<std::string> passed_over;   ///< items and market runs that nobody asked for
    std::int64_t passed_over_rows = 0;
};

/// Errors come inside a 200 zip, as INVALID_REQUEST.xml; throttling as 429 with a page of HTML that names the seconds
/// to wait.
Reading<OasisPage> read_oasis(const net::Result& result, const OasisReport& report);

/// What an error code inside a reply (1000 to 1016) means for the request.
enum class OasisMeaning {
    no_data,  ///< a normal answer
    passing,  ///< may heal
    refused,
};
OasisMeaning meaning_of_oasis_error(int code);

}  // namespace gridring::source
