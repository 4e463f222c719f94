// SPDX-License-Identifier: MIT
#include "oasis_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "csv_text.hpp"
#include "gridring/core/calendar.hpp"
#include "gridring/core/random.hpp"
#include "zip_archive.hpp"

namespace gridring::source {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Minute = std::chrono::sys_time<minutes>;
constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// Of the hour in which the interval ends.
double of_grid(const Grid& grid, std::string_view type, Minute end) {
    const auto respondent = std::ranges::find(grid.respondents, "CISO", &GridRespondent::code);
    if (respondent == grid.respondents.end()) return absent;
    const auto quantity = std::ranges::find(respondent->quantities, type, &GridQuantity::type);
    const auto hour = (std::chrono::ceil<hours>(end) - grid.first).count();
    if (quantity == respondent->quantities.end() || hour < 0 || hour >= grid.hours) return absent;
    return quantity->values[static_cast<std::size_t>(hour)];
}

/// -1 to 1, of its own for every place and time.
double chance(std::string_view location, std::string_view item, Minute end) {
    std::uint64_t text = 0;
    for (const char c : std::string(location) + std::string(item)) text = 131 * text + static_cast<unsigned char>(c);
    return 2 * Random(mix_seed(text, static_cast<std::uint64_t>(end.time_since_epoch().count()))).uniform() - 1;
}

/// What a location has of the whole.
double share(std::string_view location) {
    if (location == "PGE-TAC" || location == "NP15" || location == "TAC_NORTH") return 0.43;
    if (location == "SCE-TAC" || location == "SP15" || location == "TAC_SOUTH") return 0.46;
    if (location == "SDGE-TAC" || location == "ZP26") return 0.09;
    return 1;
}

double price(const Grid& grid, std::string_view component, std::string_view location, Minute end) {
    const double energy = 12 + of_grid(grid, "D", end) / 900, congestion = 4 * chance(location, "MCC", end),
                 loss = chance(location, "MCL", end);
    if (component == "MCE") return energy;
    if (component == "MCC") return congestion;
    if (component == "MCL") return loss;
    return component == "MGHG" ? 0 * energy : energy + congestion + loss;
}

double power(const Grid& grid, const OasisReport& report, const OasisItem& item, std::string_view location,
             Minute end) {
    const double demand = of_grid(grid, "D", end), forecast = of_grid(grid, "DF", end);
    const double noise = chance(location, item.variable, end);
    if (report.query == "SLD_FCST")
        return share(location) * (report.market_run == "ACTUAL" ? demand : forecast * (1 + 0.01 * noise));
    if (report.query == "SLD_REN_FCST") {
        const double hour =
            static_cast<double>(end.time_since_epoch().count() % 1440) / 60;  // sun is highest at 20 UTC
        const double sun = std::max(0.0, std::cos((hour - 20.5) / 12 * std::numbers::pi));
        return share(location) * (0 * forecast + (item.code == "Solar" ? 14'000 * sun : 2'500 * (1 + 0.5 * noise)));
    }
    const double part = item.code == "Import" ? 0.2 : item.code == "Export" ? 0.05 : item.code == "Load" ? 1 : 0.85;
    return share(location) * part * forecast * (1 + 0.005 * noise);
}

/// What a request asks for; a code where OASIS would refuse it.
struct Query {
    const OasisReport* report = nullptr;
    Minute start{}, end{};
    std::vector<std::string> locations;
    int error = 0;
};

/// "20240101T00:00-0000".
std::optional<Minute> parse_stamp(std::string_view text) {
    if (text.size() != 19 || text[8] != 'T' || text.substr(11) != ":00-0000") return std::nullopt;
    const auto hour = parse_hour(
        fmt::format("{}-{}-{}T{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2), text.substr(9, 2)));
    return hour ? std::optional<Minute>(*hour) : std::nullopt;
}

/// Days as OASIS counts them: on the clocks of California.
bool is_too_long(Minute start, Minute end) {
    static const LocalClock clock("America/Los_Angeles");
    const auto offset = [](Minute time) {
        return minutes{clock.at(std::chrono::floor<hours>(time)).utc_offset_minutes};
    };
    const auto most = hours{24 * longest_oasis_days};
    return end - start > most || end + offset(end) - start - offset(start) > most;
}

Query parse(std::string_view target, std::optional<Hour> retained_from) {
    Query query;
    const net::Parameters parameters = net::query_of(target);
    const auto text = [&](std::string_view name) {
        const auto found = std::ranges::find(parameters, name, &net::Parameters::value_type::first);
        return found == parameters.end() ? std::string() : found->second;
    };
    for (const OasisReport& report : oasis_reports())
        if (report.query == text("queryname") && report.market_run == text("market_run_id") &&
            std::to_string(report.version) == text("version"))
            query.report = &report;
    const auto start = parse_stamp(text("startdatetime")), end = parse_stamp(text("enddatetime"));
    query.error = !query.report || text("resultformat") != "6"          ? 1001
                  : !start || !end                                      ? 1002
                  : is_too_long(*start, *end)                           ? 1004
                  : retained_from && *start < *retained_from - hours{1} ? 1014
                                                                        : 0;
    if (query.error != 0) return query;
    query.start = *start;
    query.end = *end;
    if (!query.report->is_nodal) query.locations = synthetic_oasis_locations(*query.report);
    const std::string nodes = text("node");
    for (std::string_view rest = nodes; query.report->is_nodal && !rest.empty();)
        query.locations.emplace_back(cut_cell(rest));
    if (query.report->is_nodal && nodes.empty()) query.error = 1001;
    return query;
}

std::string stamp(Minute time) {
    const auto hour = std::chrono::floor<hours>(time);
    return fmt::format("{}:{:02}:00-00:00", to_string(hour), (time - hour).count());
}

/// Each report has its own header; prices of five minutes call their value VALUE.
std::string header_of(const OasisReport& report) {
    return fmt::format(
        "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,MARKET_RUN_ID,{}{}{},XML_DATA_ITEM,POS,{}"
        ",GROUP",
        report.location_column, report.item_column.empty() ? "" : ",", report.item_column,
        report.query == "PRC_INTVL_LMP" ? "VALUE" : "MW");
}

/// What begins the rows of each interval: times, the operating day and hour in California, the market run.
std::vector<std::string> beginnings_of(const Query& query) {
    static const LocalClock clock("America/Los_Angeles");
    const minutes step{query.report->minutes};
    std::vector<std::string> beginnings;
    for (Minute begin = query.start; begin < query.end; begin += step) {
        const auto hour = std::chrono::floor<hours>(begin);
        const LocalTime local = clock.at(hour);
        beginnings.push_back(fmt::format("{},{},{:04}-{:02}-{:02},{},{},{}", stamp(begin), stamp(begin + step),
                                         local.year, local.month, local.day, local.hour + 1, (begin - hour) / step + 1,
                                         query.report->market_run));
    }
    return beginnings;
}

std::vector<std::string> rows_of(const Grid& grid, const Query& query) {
    const OasisReport& report = *query.report;
    const auto beginnings = beginnings_of(query);
    std::vector<std::string> rows;
    for (std::size_t l = 0; l < query.locations.size(); ++l)
        for (std::size_t i = 0; i < report.items.size(); ++i) {
            Minute end = query.start;
            for (const std::string& beginning : beginnings) {
                end += minutes{report.minutes};
                const double value = synthetic_oasis_value(grid, report, i, query.locations[l], end);
                if (std::isnan(value)) continue;
                const auto& code = report.items[i].code;
                rows.push_back(fmt::format("{},{}{}{},SYNTHETIC,{},{:.5f},{}", beginning, query.locations[l],
                                           code.empty() ? "" : ",", code, l + 1, value, i + 1));
            }
        }
    return rows;
}

/// Another value in the same row: one digit more before its point, the only one there is.
std::string altered(std::string row) { return row.insert(row.rfind('.'), 1, '7'); }

void spoil(std::vector<std::string>& rows, const OasisRowFault& fault) {
    Random random(fault.seed);
    if (fault.kind == "unsorted")
        for (std::size_t i = rows.size() - 1; i > 0; --i)
            std::swap(rows[i], rows[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1))]);
    const bool repeats = fault.kind == "duplicates" || fault.kind == "conflict";
    for (std::size_t i = 0, count = repeats ? rows.size() : 0; i < count; ++i)
        if (random.below(20) == 0) rows.push_back(fault.kind == "conflict" ? altered(rows[i]) : rows[i]);
}

net::Response zipped(const std::string& file, const std::string& content) {
    return {200,
            zip({file, content}),
            "application/x-zip-compressed",
            {{"Content-Disposition", fmt::format("inline; filename={}.zip;", file.substr(0, file.rfind(".csv")))}},
            {}};
}

std::string_view description_of(int code) {
    switch (code) {
        case 1000:
            return "No data returned for the specified selection";
        case 1001:
            return "Invalid Parameters of the given report name";
        case 1002:
            return "Invalid datetime format, please use valid datetime format";
        case 1004:
            return "The request exceeds the maximum of 31 days";
        case 1014:
            return "The start date is beyond the retention limit";
        default:
            return "System error";
    }
}

}  // namespace

double synthetic_oasis_value(const Grid& grid, const OasisReport& report, std::size_t item, std::string_view location,
                             Minute end) {
    const OasisItem& of = report.items[item];
    return report.is_nodal ? price(grid, of.code, location, end) : power(grid, report, of, location, end);
}

std::vector<std::string> synthetic_oasis_locations(const OasisReport& report) {
    if (report.query == "SLD_FCST") return {"CA ISO-TAC", "PGE-TAC", "SCE-TAC", "SDGE-TAC"};
    if (report.query == "SLD_REN_FCST") return {"NP15", "SP15", "ZP26"};
    return {"Caiso_Totals", "TAC_NORTH", "TAC_SOUTH"};
}

net::Response oasis_error(int code) {
    return zipped(
        "INVALID_REQUEST.xml",
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<m:OASISReport xmlns:m=\"http://www.caiso.com/soa/OASISReport_v1.xsd\">\n<m:MessagePayload>\n"
                    "<m:RTO>\n<m:name>CAISO</m:name>\n<m:ERROR>\n<m:ERR_CODE>{}</m:ERR_CODE>\n"
                    "<m:ERR_DESC>{}</m:ERR_DESC>\n</m:ERROR>\n</m:RTO>\n</m:MessagePayload>\n</m:OASISReport>",
                    code, description_of(code)));
}

net::Response oasis_throttled(std::chrono::seconds patience) {
    return {429,
            fmt::format("<html><body><p>CAISO Acceptable Use Policy Violation. Please retry your request after {} "
                        "seconds.</p></body></html>",
                        patience.count()),
            "text/html",
            {},
            {}};
}

net::Response answer_oasis(const Grid& grid, std::string_view target, std::optional<Hour> retained_from,
                           const OasisRowFault& fault) {
    const Query query = parse(target, retained_from);
    if (query.error != 0) return oasis_error(query.error);
    std::vector<std::string> rows = rows_of(grid, query);
    if (rows.empty()) return oasis_error(1000);
    spoil(rows, fault);
    std::string csv = header_of(*query.report) + "\n";
    for (const auto& row : rows) csv.append(row).append("\n");
    const std::string day = to_string(std::chrono::floor<hours>(query.start)).substr(0, 10);
    return zipped(
        fmt::format("{}_{}_{}_v{}.csv", day, query.report->query, query.report->market_run, query.report->version),
        csv);
}

}  // namespace gridring::source
