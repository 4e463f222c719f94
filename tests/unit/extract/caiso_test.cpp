// SPDX-License-Identifier: MIT
#include "gridring/extract/caiso.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"
#include "source/oasis_routes.hpp"
#include "source/zip_archive.hpp"
#include "workplace.hpp"

using namespace gridring;
using source::OasisReport;

namespace {

source::EmulatorOptions winter() {
    source::EmulatorOptions options;
    options.first = *parse_hour("2015-12-01T00");
    options.last = *parse_hour("2016-02-29T23");
    options.oasis_patience = std::chrono::seconds{0};
    return options;
}

source::EmulatorOptions rough_winter(const char* fault) {
    auto options = winter();
    options.oasis_faults = {source::OasisFault::parse(fault)};
    return options;
}

extract::CaisoOptions options_in(const test::Workplace& place, const std::string& url) {
    extract::CaisoOptions options;
    options.base_url = url;
    options.identity = "the grid of this test";  // whatever its port
    options.reports = {"SLD_FCST", "SLD_REN_FCST", "PRC_LMP", "PRC_INTVL_LMP", "ENE_SLRS"};
    options.from = *parse_hour("2015-12-20T09");
    options.to = *parse_hour("2016-02-10T20");  // 1,260 hours: two requests a report
    options.folder = place.folder();
    options.seconds_between_requests = 1e-4;
    options.backoff = std::chrono::milliseconds{1};
    return options;
}

/// What series.h5 should hold: the mean of the hour's intervals, each rounded as the emulator writes it.
double expected(const source::Grid& grid, const OasisReport& report, std::size_t item, const std::string& location,
                Hour hour) {
    double sum = 0;
    for (int minute = report.minutes - 60; minute <= 0; minute += report.minutes)
        sum += source::synthetic_oasis_value(grid, report, item, location, hour + std::chrono::minutes{minute});
    return sum * report.minutes / 60;
}

/// Hours of all variables and their locations that differ from what the emulator has, or are missing.
std::int64_t wrong_hours(const source::Emulator& emulator, const store::Series& series) {
    std::int64_t wrong = 0;
    for (const auto& variable : series.variables)
        for (const OasisReport& report : source::oasis_reports())
            for (std::size_t item = 0; item < report.items.size(); ++item) {
                if (report.items[item].variable != variable.name) continue;
                CHECK(variable.units == report.units);
                for (std::size_t region = 0; region < series.regions.size(); ++region) {
                    const auto zones = source::synthetic_oasis_locations(report);
                    const std::string& code = series.regions[region].code;
                    const bool is_here =
                        report.is_nodal ? code.starts_with("TH_") : std::ranges::find(zones, code) != zones.end();
                    for (std::int64_t h = 0; h < series.hours; ++h) {
                        const double found =
                            variable
                                .values[region * static_cast<std::size_t>(series.hours) + static_cast<std::size_t>(h)];
                        const double wanted = is_here ? expected(emulator.grid(), report, item, code,
                                                                 series.first + std::chrono::hours{h})
                                                      : std::nan("");
                        const bool is_right =
                            std::isnan(wanted) ? std::isnan(found) : std::abs(found - wanted) <= 0.5e-5 + 1e-9;
                        wrong += !is_right;
                    }
                }
            }
    return wrong;
}

}  // namespace

TEST_CASE("all reports arrive in one series, hour ending, five-minute ones as means") {
    const test::Workplace place;
    const source::Emulator emulator(winter());
    auto options = options_in(place, emulator.oasis_url());
    options.to = options.from + std::chrono::hours{749};  // six hours more than one request holds
    const auto summary = extract::run_caiso(options);
    CHECK(summary.requests == 20);
    CHECK(summary.failed.empty());
    const auto series = store::read_series(summary.series);
    CHECK(series.hours == 750);
    CHECK(series.regions.size() == 4 + 3 + 3 + 3);
    CHECK(series.variables.size() == 5 + 5 + 4 + 4 + 8);
    CHECK(series.region_index("CA ISO-TAC") >= 0);
    CHECK(series.regions.back().code == "TH_ZP26_GEN-APND");
    CHECK(series.regions.back().name == "Trading hub ZP26");
    CHECK(series.regions.back().time_zone == "America/Los_Angeles");
    CHECK(series.variable("lmp_real_time").source_code == "PRC_INTVL_LMP/RTM/LMP");
    CHECK(wrong_hours(emulator, series) == 0);
    CHECK(std::distance(std::filesystem::directory_iterator(summary.raw), {}) == 21);  // and the name of the source
}

TEST_CASE("throttling, errors that heal, cut archives and shuffled rows change nothing") {
    for (const char* fault : {"429/2", "503/2", "1003/3", "1010/4", "truncated/3", "damaged/2", "reset/3", "redirect/2",
                              "unsorted/1", "duplicates/1"}) {
        CAPTURE(fault);
        const test::Workplace place;
        const source::Emulator emulator(rough_winter(fault));
        auto options = options_in(place, emulator.oasis_url());
        options.reports = {"SLD_FCST", "SLD_REN_FCST"};
        const auto summary = extract::run_caiso(options);
        CHECK(emulator.counters().oasis_faults > 0);
        CHECK(summary.failed.empty());
        CHECK(wrong_hours(emulator, store::read_series(summary.series)) == 0);
    }
}

TEST_CASE("rows that contradict each other are flagged and counted, and the first one kept") {
    const test::Workplace place;
    const source::Emulator emulator(rough_winter("conflict/1"));
    auto options = options_in(place, emulator.oasis_url());
    options.reports = {"SLD_FCST/ACTUAL"};
    const auto summary = extract::run_caiso(options);
    const auto series = store::read_series(summary.series);
    CHECK(wrong_hours(emulator, series) == 0);
    std::int64_t conflicts = 0;
    for (const auto& tally : summary.tallies) conflicts += tally.conflicts;
    CHECK(conflicts > 100);  // one hour in twenty of four areas
    CHECK(conflicts == std::ranges::count_if(series.variable("demand").flags,
                                             [](auto flags) { return (flags & series::conflicting) != 0; }));
}

TEST_CASE("a request that fails for good is named, and the rest of the range arrives") {
    for (const auto& [fault, word] : {std::pair{"1002/2", "1002"}, {"1001/2", "1001"}, {"1000/2", "1000"}}) {
        CAPTURE(fault);
        const test::Workplace place;
        const source::Emulator emulator(rough_winter(fault));
        auto options = options_in(place, emulator.oasis_url());
        options.reports = {"PRC_LMP/DAM"};
        const auto summary = extract::run_caiso(options);
        const auto& named = std::string(word) == "1000" ? summary.empty : summary.failed;  // no data is no failure
        REQUIRE(named.size() == 1);
        CHECK(summary.failed.size() + summary.empty.size() == 1);
        CHECK(named[0].find("2016-01-20T09 to 2016-02-10T20") != std::string::npos);
        CHECK(named[0].find(word) != std::string::npos);
        CHECK(extract::to_json(summary).find(word) != std::string::npos);
        const auto series = store::read_series(summary.series);
        const auto& price = series.variable("lmp_day_ahead").values;
        CHECK(std::count_if(price.begin(), price.begin() + 1260, [](double x) { return !std::isnan(x); }) >= 700);
        CHECK(std::isnan(price[1259]));

        const source::Emulator calm(winter());
        options.base_url = calm.oasis_url();
        const auto rest = extract::run_caiso(options);  // asks for what failed, and nothing else
        CHECK(calm.counters().oasis_requests == 1);
        CHECK(rest.pages_on_disk == 1);
        CHECK(wrong_hours(calm, store::read_series(rest.series)) == 0);
    }
}

TEST_CASE("replies of another server are not taken for this one's") {
    const test::Workplace place;
    const source::Emulator emulator(winter());
    auto options = options_in(place, emulator.oasis_url());
    options.reports = {"SLD_FCST/ACTUAL"};
    extract::run_caiso(options);
    options.identity = "another grid";
    CHECK_THROWS_WITH_AS(extract::run_caiso(options),
                         doctest::Contains("its replies come from the grid of this test, not from another grid"),
                         ConfigError);
    options.identity = "the grid of this test";
    CHECK(extract::run_caiso(options).pages == 0);  // nothing was lost by it
    options.identity = "another grid";
    options.is_fresh = true;
    options.base_url = "http://127.0.0.1:1/oasisapi";  // where nobody is
    options.attempts = 1;
    CHECK_THROWS_AS(extract::run_caiso(options), HttpError);
    CHECK(std::filesystem::exists(place.folder() / "raw" / "replaced" / "oasis-source.txt"));
    options.base_url = emulator.oasis_url();
    options.to = *parse_hour("2015-12-25T00");
    CHECK(extract::run_caiso(options).pages == 1);
    CHECK(!std::filesystem::exists(place.folder() / "raw" / "replaced"));
    options.is_fresh = false;
    options.to = *parse_hour("2016-02-10T20");
    CHECK(extract::run_caiso(options).pages_on_disk == 0);  // the first one's are gone, and spans differ
}

TEST_CASE("hours beyond the retention limit are named as such") {
    const test::Workplace place;
    source::EmulatorOptions short_memory = winter();
    short_memory.oasis_from = parse_hour("2016-01-10T00");
    const source::Emulator emulator(short_memory);
    auto options = options_in(place, emulator.oasis_url());
    options.reports = {"SLD_FCST/ACTUAL"};
    const auto summary = extract::run_caiso(options);
    REQUIRE(summary.failed.size() == 1);
    CHECK(summary.failed[0].find("39 months") != std::string::npos);
    CHECK(store::read_series(summary.series).variable("demand").values.size() == 4 * 1260);
    options.to = *parse_hour("2015-12-30T00");
    CHECK_THROWS_WITH_AS(extract::run_caiso(options), doctest::Contains("39 months"), DataError);
    CHECK(store::read_series(summary.series).hours == 1260);  // as it was
}

TEST_CASE("zones choose what is kept; one that no reply knows is a failure") {
    const test::Workplace place;
    const source::Emulator emulator(winter());
    auto options = options_in(place, emulator.oasis_url());
    options.reports = {"SLD_FCST/DAM"};
    options.zones = {"SDGE-TAC"};
    CHECK(store::read_series(extract::run_caiso(options).series).regions.size() == 1);
    options.zones = {"SDGE-TAC", "SDG-TAC"};
    const auto summary = extract::run_caiso(options);
    REQUIRE(summary.failed.size() == 1);
    CHECK(summary.failed[0].find("no row of SDG-TAC; zones with rows: CA ISO-TAC") != std::string::npos);
}

TEST_CASE("half an hour is no hour, and two values for an interval flag it") {
    std::string csv = "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,TAC_ZONE_NAME,SCHEDULE,MARKET_RUN_ID,MW\n";
    const auto row = [&](int minute, double mw) {
        csv += fmt::format("2016-01-01T{:02}:{:02}:00-00:00,2016-01-01T{:02}:{:02}:00-00:00,TAC_PGE,Import,RTM,{}\n",
                           minute / 60, minute % 60, (minute + 5) / 60, (minute + 5) % 60, mw);
    };
    for (int minute = 0; minute < 180; minute += 5)
        if (minute != 70) row(minute, minute < 60 ? 10 : 30);
    row(5, 10);     // once more
    row(175, 999);  // something else
    const net::HttpServer server({}, [&](const net::Request&) {
        return net::Response{200, source::zip({"slrs.csv", csv}), "application/x-zip-compressed", {}, {}};
    });
    const test::Workplace place;
    auto options = options_in(place, fmt::format("http://127.0.0.1:{}/oasisapi", server.port()));
    options.reports = {"ENE_SLRS/RTM"};
    options.from = *parse_hour("2016-01-01T01");
    options.to = *parse_hour("2016-01-01T03");
    const auto summary = extract::run_caiso(options);
    const auto series = store::read_series(summary.series);
    const auto& import = series.variable("scheduled_import_real_time");
    CHECK(import.values[0] == 10);
    CHECK(std::isnan(import.values[1]));
    CHECK(import.values[2] == 30);
    CHECK(import.flags == std::vector<std::uint16_t>{series::good, series::missing, series::conflicting});
    REQUIRE(summary.tallies.size() == 1);
    CHECK(summary.tallies[0].partial == 1);
    CHECK(summary.tallies[0].duplicates == 1);
    CHECK(summary.tallies[0].conflicts == 1);
}

TEST_CASE("an absent server ends the job at once; one request goes out at a time") {
    const test::Workplace place;
    CHECK_THROWS_AS(extract::run_caiso(options_in(place, "http://127.0.0.1:9/oasisapi")), HttpError);
    const source::Emulator emulator(winter());
    auto options = options_in(place, emulator.oasis_url());
    options.reports = {"SLD_FCST"};
    options.seconds_between_requests = 0.05;
    CHECK(extract::run_caiso(options).seconds > 7 * 0.05);
    options.reports = {"SLD_RTO"};
    CHECK_THROWS_AS(extract::run_caiso(options), ConfigError);
}

TEST_CASE("a server that sends every request on to itself is told from one that has moved") {
    const test::Workplace place;
    const source::Emulator emulator(rough_winter("redirect/1"));
    CHECK_THROWS_WITH_AS(extract::run_caiso(options_in(place, emulator.oasis_url())),
                         doctest::Contains("too many redirects: 127.0.0.1:"), HttpError);
    CHECK(emulator.counters().oasis_requests == 4);
}
