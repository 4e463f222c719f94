// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/caiso.hpp"

namespace gridring::source {
namespace {

constexpr std::string_view mw = "MW", usd_per_mwh = "USD/MWh";

std::vector<OasisReport> all_reports() {
    const std::vector<OasisItem> day_ahead_prices{
        {"LMP", "lmp_day_ahead", "day-ahead locational marginal price"},
        {"MCE", "lmp_day_ahead_energy", "energy component of the day-ahead price"},
        {"MCC", "lmp_day_ahead_congestion", "congestion component of the day-ahead price"},
        {"MCL", "lmp_day_ahead_loss", "loss component of the day-ahead price"},
        {"MGHG", "lmp_day_ahead_greenhouse", "greenhouse gas component of the day-ahead price"}};
    const std::vector<OasisItem> real_time_prices{
        {"LMP", "lmp_real_time", "five-minute locational marginal price, mean of the hour"},
        {"MCE", "lmp_real_time_energy", "energy component of the five-minute price, mean of the hour"},
        {"MCC", "lmp_real_time_congestion", "congestion component of the five-minute price, mean of the hour"},
        {"MCL", "lmp_real_time_loss", "loss component of the five-minute price, mean of the hour"},
        {"MGHG", "lmp_real_time_greenhouse", "greenhouse gas component of the five-minute price, mean of the hour"}};
    const std::vector<OasisItem> schedules{{"Generation", "scheduled_generation", "generation scheduled day ahead"},
                                           {"Load", "scheduled_load", "load scheduled day ahead"},
                                           {"Import", "scheduled_import", "imports scheduled day ahead"},
                                           {"Export", "scheduled_export", "exports scheduled day ahead"}};
    const std::vector<OasisItem> real_time_schedules{
        {"Generation", "scheduled_generation_real_time", "generation scheduled in real time, mean of the hour"},
        {"Load", "scheduled_load_real_time", "load scheduled in real time, mean of the hour"},
        {"Import", "scheduled_import_real_time", "imports scheduled in real time, mean of the hour"},
        {"Export", "scheduled_export_real_time", "exports scheduled in real time, mean of the hour"}};
    const auto load = [](std::string_view name, std::string_view run, std::string_view variable,
                         std::string_view long_name) {
        return OasisReport{name, "SLD_FCST", run, 1, "TAC_AREA_NAME", "", mw, 60, false, {{"", variable, long_name}}};
    };
    return {
        {"PRC_LMP/DAM", "PRC_LMP", "DAM", 12, "NODE", "LMP_TYPE", usd_per_mwh, 60, true, day_ahead_prices},
        {"PRC_INTVL_LMP/RTM", "PRC_INTVL_LMP", "RTM", 3, "NODE", "LMP_TYPE", usd_per_mwh, 5, true, real_time_prices},
        load("SLD_FCST/ACTUAL", "ACTUAL", "demand", "electricity demand"),
        load("SLD_FCST/DAM", "DAM", "demand_forecast", "day-ahead demand forecast of the operator"),
        load("SLD_FCST/2DA", "2DA", "demand_forecast_2da", "demand forecast of the operator, two days ahead"),
        load("SLD_FCST/7DA", "7DA", "demand_forecast_7da", "demand forecast of the operator, seven days ahead"),
        {"SLD_REN_FCST/ACTUAL",
         "SLD_REN_FCST",
         "ACTUAL",
         1,
         "TRADING_HUB",
         "RENEWABLE_TYPE",
         mw,
         60,
         false,
         {{"Solar", "solar_generation", "solar generation"}, {"Wind", "wind_generation", "wind generation"}}},
        {"SLD_REN_FCST/DAM",
         "SLD_REN_FCST",
         "DAM",
         1,
         "TRADING_HUB",
         "RENEWABLE_TYPE",
         mw,
         60,
         false,
         {{"Solar", "solar_forecast", "day-ahead forecast of solar generation"},
          {"Wind", "wind_forecast", "day-ahead forecast of wind generation"}}},
        {"ENE_SLRS/DAM", "ENE_SLRS", "DAM", 1, "TAC_ZONE_NAME", "SCHEDULE", mw, 60, false, schedules},
        {"ENE_SLRS/RTM", "ENE_SLRS", "RTM", 1, "TAC_ZONE_NAME", "SCHEDULE", mw, 5, false, real_time_schedules},
    };
}

struct Location {
    std::string_view code, name;
};
constexpr std::array locations = std::to_array<Location>({
    {"CA ISO-TAC", "California ISO, all areas"},
    {"Caiso_Totals", "California ISO, totals"},
    {"NP15", "North of Path 15"},
    {"PGE-TAC", "Pacific Gas and Electric area"},
    {"SCE-TAC", "Southern California Edison area"},
    {"SDGE-TAC", "San Diego Gas & Electric area"},
    {"SP15", "South of Path 15"},
    {"TAC_ECNTR", "East central area"},
    {"TAC_NCNTR", "North central area"},
    {"TAC_NORTH", "North area"},
    {"TAC_SOUTH", "South area"},
    {"TH_NP15_GEN-APND", "Trading hub NP15"},
    {"TH_SP15_GEN-APND", "Trading hub SP15"},
    {"TH_ZP26_GEN-APND", "Trading hub ZP26"},
    {"ZP26", "Zone Path 26"},
});

}  // namespace

const std::vector<OasisReport>& oasis_reports() {
    static const std::vector<OasisReport> all = all_reports();
    return all;
}

std::vector<const OasisReport*> require_oasis_reports(const std::vector<std::string>& names) {
    std::vector<const OasisReport*> wanted;
    for (const std::string& name : names) {
        const auto before = wanted.size();
        bool is_known = false;
        for (const OasisReport& report : oasis_reports()) {
            if (report.name != name && report.query != name) continue;
            is_known = true;
            if (std::ranges::find(wanted, &report) == wanted.end()) wanted.push_back(&report);
        }
        if (is_known && wanted.size() > before) continue;
        if (is_known) throw ConfigError(fmt::format("report {} is listed twice", name));
        std::vector<std::string_view> known;
        std::ranges::transform(oasis_reports(), std::back_inserter(known), &OasisReport::name);
        throw ConfigError(fmt::format("report '{}' is not one of OASIS that gridring knows; expected {}", name,
                                      fmt::join(known, ", ")));
    }
    return wanted;
}

std::string name_of_location(std::string_view code) {
    const auto found = std::ranges::find(locations, code, &Location::code);
    return std::string(found == locations.end() ? code : found->name);
}

std::string zone_of_location(std::string_view code) {
    const std::string_view zone = zone_of_respondent(code.starts_with("TAC_") ? code.substr(4) : code);
    return std::string(zone == "UTC" ? "America/Los_Angeles" : zone);
}

}  // namespace gridring::source
