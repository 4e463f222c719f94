// SPDX-License-Identifier: MIT
#include "gridring/source/caiso.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "source/oasis_routes.hpp"
#include "source/zip_archive.hpp"

using namespace gridring;
using source::OasisPage, source::Trouble;
using std::chrono::hours;

namespace {

const source::OasisReport& report(const std::string& name) { return *source::require_oasis_reports({name}).front(); }

net::Reply zipped(const std::string& content, const std::string& name = "x.csv") {
    return {200, {}, source::zip({name, content}), 0};
}
OasisPage page_of(const net::Reply& reply, const std::string& name) {
    return std::get<OasisPage>(source::read_oasis(reply, report(name)));
}
Trouble trouble_of(const net::Reply& reply, const std::string& name = "SLD_FCST/ACTUAL") {
    return std::get<Trouble>(source::read_oasis(reply, report(name)));
}
Hour hour(const char* text) { return *parse_hour(text); }
bool says(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

net::Reply error(int code) {
    const auto response = source::oasis_error(code);
    return {response.status, response.headers, response.body, 0};
}

}  // namespace

TEST_CASE("requests cover every hour once, none longer than 31 days in UTC or on California's clocks") {
    const LocalClock clock("America/Los_Angeles");
    const auto load = source::require_oasis_reports({"SLD_FCST/ACTUAL"});
    const Hour first = hour("2023-02-10T03"), last = hour("2025-01-20T17");  // two springs, two autumns, two year ends
    Hour next = first;
    int shortened = 0;
    for (const auto& request : source::plan_oasis(load, {}, first, last)) {
        CHECK(request.first == next);
        next = request.last + hours{1};
        const Hour begin = request.first - hours{1};
        const int gained = clock.at(request.last).utc_offset_minutes - clock.at(begin).utc_offset_minutes;
        CHECK((request.last - begin).count() <= 744);
        CHECK((request.last - begin).count() + gained / 60 <= 744);
        shortened += request.last != last && (request.last - begin).count() == 743;
    }
    CHECK(next == last + hours{1});
    CHECK(shortened == 2);
    CHECK(source::plan_oasis(load, {}, first, first).size() == 1);
    const Hour winter = hour("2023-12-20T09");
    CHECK(source::plan_oasis(load, {}, winter, winter + hours{743}).size() == 1);
    CHECK(source::plan_oasis(load, {}, winter, winter + hours{744}).size() == 2);
}

TEST_CASE("prices are asked for by a few nodes at a time, and by the version that has them") {
    std::vector<std::string> nodes;
    for (int i = 0; i < 12; ++i) nodes.push_back(fmt::format("NODE_{}", i));
    const auto requests = source::plan_oasis(source::require_oasis_reports({"PRC_LMP"}), nodes, hour("2024-12-31T23"),
                                             hour("2025-01-01T08"));
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].nodes == std::vector<std::string>{"NODE_10", "NODE_11"});
    const auto url = source::oasis_call("https://oasis.caiso.com/oasisapi/", requests[1]).url;
    CHECK(url.target ==
          "/oasisapi/SingleZip?queryname=PRC_LMP&startdatetime=20241231T22%3A00-0000&enddatetime=20250101T08%3A00-0000"
          "&version=12&market_run_id=DAM&resultformat=6&node=NODE_10%2CNODE_11");
}

TEST_CASE("reports are named by queryname and market run") {
    CHECK(source::require_oasis_reports({"SLD_FCST", "ENE_SLRS/RTM"}).size() == 5);
    CHECK_THROWS_WITH_AS(source::require_oasis_reports({"SLD_RTO"}), doctest::Contains("PRC_INTVL_LMP/RTM"),
                         ConfigError);
    CHECK_THROWS_AS(source::require_oasis_reports({"SLD_FCST", "SLD_FCST/DAM"}), ConfigError);
}

TEST_CASE("columns are found by whichever name a report gives them; rows come in any order") {
    const auto page = page_of(zipped("STARTTIME_GMT,ENDTIME_GMT,NODE,LMP_TYPE,LABEL,VALUE\r\n"
                                     "2024-03-10T10:05:00-00:00,2024-03-10T10:10:00-00:00,A,MCC,\"x, y\",-1.5\r\n"
                                     "2024-03-10T10:00:00-00:00,2024-03-10T10:05:00-00:00,B,LMP,,31.25\r\n"
                                     "2024-03-10T09:55:00-00:00,2024-03-10T10:00:00-00:00,A,LMP,,\r\n"),
                              "PRC_INTVL_LMP/RTM");
    CHECK(page.bad_rows.empty());
    CHECK(page.locations == std::vector<std::string>{"A", "B"});
    REQUIRE(page.rows.size() == 3);
    CHECK(page.rows[0].end == hour("2024-03-10T10") + std::chrono::minutes{10});
    CHECK(page.rows[0].value == -1.5);
    CHECK(report("PRC_INTVL_LMP/RTM").items[page.rows[0].item].code == "MCC");
    CHECK(page.rows[1].location == 1);
    CHECK(std::isnan(page.rows[2].value));
    CHECK(page.rows[2].end == hour("2024-03-10T10"));  // hour ending: the last interval of the hour before

    const auto other = page_of(zipped("INTERVAL_START_GMT,INTERVAL_END_GMT,TAC_AREA_NAME,MARKET_RUN_ID,MW\n"
                                      "2024-01-01T00:00-0000,2024-01-01T01:00-0000,CA ISO-TAC,ACTUAL,21000.5\n"),
                               "SLD_FCST/ACTUAL");
    REQUIRE(other.rows.size() == 1);
    CHECK(other.rows[0].end == hour("2024-01-01T01"));
}

TEST_CASE("a bad row is left out and named, an unknown one passed over and named") {
    const std::string good = "2024-01-01T00:00:00-00:00,2024-01-01T01:00:00-00:00,NP15,";
    const auto page = page_of(
        zipped("INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,TRADING_HUB,RENEWABLE_TYPE,MARKET_RUN_ID,MW\n" + good +
               "Solar,DAM,12\n" + good + "Solar,DAM\n" + good + "Solar,DAM,twelve\n" + good + "Tidal,DAM,3\n" + good +
               "Wind,HASP,4\n" + "2024-01-01T00:00:00-08:00,2024-01-01T01:00:00-08:00,NP15,Wind,DAM,4\n" +
               "2024-01-01T00:00:00-00:00,2024-01-01T00:15:00-00:00,NP15,Wind,DAM,4\n"
               "2024-01-01T00:00:00-00:00,2024-01-01T01:00:00-00:00,,Wind,DAM,4\n"
               "2024-01-01T00:00:00-00:00,2024-01-01T01:00:00-00:00,\x1B[2J,Wind,DAM,4\n"),
        "SLD_REN_FCST/DAM");
    CHECK(page.rows.size() == 1);
    CHECK(page.locations == std::vector<std::string>{"NP15"});
    REQUIRE(page.bad_rows.size() == 6);
    CHECK(says(page.bad_rows[4], "TRADING_HUB such as NP15, found ''"));
    CHECK(says(page.bad_rows[5], "found ' [2J'"));
    CHECK(says(page.bad_rows[0], "row 3: expected 6 cells"));
    CHECK(says(page.bad_rows[1], "'twelve'"));
    CHECK(says(page.bad_rows[3], "interval of 60 minutes"));
    CHECK(page.passed_over == std::set<std::string>{"RENEWABLE_TYPE Tidal", "market run HASP"});
    CHECK(trouble_of(zipped("a,b\n1,2\n")).kind == Trouble::Kind::garbled);
    CHECK(says(trouble_of(zipped("a,b\n1,2\n")).message, "TAC_AREA_NAME"));
}

TEST_CASE("every error inside a zip is no data, worth another try, or final") {
    const auto reading = source::read_oasis(error(1000), report("SLD_FCST/ACTUAL"));
    CHECK(says(std::get<OasisPage>(reading).no_data, "1000"));
    for (int code = 1001; code <= 1016; ++code) {
        CAPTURE(code);
        const bool heals = code == 1003 || code == 1008 || code == 1010 || code == 1015;
        CHECK(trouble_of(error(code)).kind == (heals ? Trouble::Kind::passing : Trouble::Kind::refused));
        CHECK(says(trouble_of(error(code)).message, std::to_string(code)));
    }
    CHECK(says(trouble_of(error(1014)).message, "39 months"));
    CHECK(says(trouble_of(error(1014)).message, "extract.from"));
    CHECK(trouble_of(zipped("<a>", "INVALID_REQUEST.xml")).kind == Trouble::Kind::garbled);
}

TEST_CASE("throttling names its seconds, a redirection its address; damage may heal") {
    const Trouble throttled = trouble_of({429, {}, source::oasis_throttled(std::chrono::seconds{7}).body, 0});
    CHECK(throttled.kind == Trouble::Kind::passing);
    CHECK(throttled.retry_after == std::chrono::seconds{7});
    const Trouble moved =
        trouble_of({302, {{"Location", "https://oasis.caiso.com/oasisapi/SingleZip?queryname=X"}}, "", 0});
    CHECK_FALSE(moved.may_heal());
    CHECK(says(moved.message, "https://oasis.caiso.com/oasisapi;"));
    CHECK(says(moved.message, "source.caiso.base_url"));

    net::Reply cut = zipped(std::string(5000, 'x'));
    cut.body.resize(cut.body.size() / 2);
    CHECK(trouble_of(cut).kind == Trouble::Kind::garbled);
    net::Reply flipped = zipped("INTERVAL_START_GMT,INTERVAL_END_GMT,TAC_AREA_NAME,MW\n");
    flipped.body[45] = static_cast<char>(flipped.body[45] ^ 1);
    CHECK(trouble_of(flipped).kind == Trouble::Kind::garbled);
    CHECK(trouble_of({200, {}, "<html>", 0}).kind == Trouble::Kind::garbled);
    for (const int status : {400, 401, 403, 404, 408, 429, 500, 503}) {
        CAPTURE(status);
        const Trouble trouble = trouble_of({status, {}, "<html>", 0});
        CHECK(trouble.kind == (status >= 408 ? Trouble::Kind::passing : Trouble::Kind::refused));
        CHECK(says(trouble.message, "OASIS"));
        CHECK_FALSE(says(trouble.message, "EIA"));
    }
}

TEST_CASE("an archive unpacks no further than allowed, whatever it claims") {
    const std::string bomb = source::zip({"zeros", std::string(std::size_t{4} << 20, '0')});
    CHECK(bomb.size() < 20'000);
    CHECK(source::unzip(bomb, std::size_t{4} << 20).files.size() == 1);
    CHECK(says(source::unzip(bomb, (std::size_t{4} << 20) - 1).problem, "more than is allowed"));
}
