// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/source/eia.hpp"

using namespace gridring;
using source::Page, source::Trouble;
using Kind = Trouble::Kind;

namespace {

/// A data reply in the shape of API 2.1.8, around the given total and rows.
std::string data_body(const std::string& total, const std::string& rows, const std::string& more = "") {
    return fmt::format(
        R"({{"response":{{{}"total":{},"dateFormat":"YYYY-MM-DD\"T\"HH24","frequency":"hourly","data":[{}],"description":"x"}},)"
        R"("request":{{"command":"\/v2\/electricity\/rto\/region-data\/data\/","params":{{"frequency":"hourly","api_key":"abc123secret"}}}},)"
        R"("apiVersion":"2.1.8","ExcelAddInVersion":"2.1.0"}})",
        more, total, rows);
}

std::string row(const std::string& value, const std::string& period = "2024-01-01T05") {
    return fmt::format(
        R"({{"period":"{}","respondent":"PACW","respondent-name":"PacifiCorp West","type":"D","type-name":"Demand","value":{},"value-units":"megawatthours"}})",
        period, value);
}

const source::Route& region_data() { return source::require_route("region-data"); }

Page page_of(const std::string& body, const source::Route& route = region_data()) {
    auto reading = source::read_page(net::Reply{200, {}, body, 0}, route);
    if (const auto* trouble = std::get_if<Trouble>(&reading)) FAIL(trouble->message);
    return std::get<Page>(std::move(reading));
}

Trouble trouble_in(int status, const std::string& body, net::Headers headers = {}) {
    const auto reading = source::read_page(net::Reply{status, std::move(headers), body, 0}, region_data());
    REQUIRE(std::holds_alternative<Trouble>(reading));
    return std::get<Trouble>(reading);
}

}  // namespace

TEST_CASE("a page is read whatever form its numbers have") {
    const Page page = page_of(data_body(
        "\"25\"", row("\"2515\"") + "," + row("2607.5", "2024-01-01T06") + "," + row("\"272.8\"", "2024-01-01T07") +
                      "," + row("null", "2024-01-01T08") + "," + row("\"-90964\"", "2024-01-01T09")));
    CHECK(page.total == 25);
    CHECK(page.api_version == "2.1.8");
    REQUIRE(page.rows.size() == 5);
    REQUIRE(page.columns.size() == 1);
    CHECK(page.columns[0].region == "PACW");
    CHECK(page.columns[0].item == "D");
    CHECK(page.columns[0].item_name == "Demand");
    CHECK(page.rows[0].period == *parse_hour("2024-01-01T05"));
    CHECK(page.rows[0].value == 2515);
    CHECK(page.rows[1].value == 2607.5);
    CHECK(page.rows[2].value == 272.8);
    CHECK(std::isnan(page.rows[3].value));
    CHECK(page.rows[4].value == -90964);
    CHECK(page_of(data_body("0", "")).rows.empty());
    CHECK(page_of(data_body("7", "")).total == 7);
}

TEST_CASE("every data set is read by its own columns, in whatever order rows come") {
    const auto fuel = [](const char* hour, const char* code) {
        return fmt::format(R"({{"period":"{}","respondent":"ERCO","respondent-name":"ERCOT","fueltype":"{}",)"
                           R"("type-name":"Name of {}","value":"7","value-units":"megawatthours"}})",
                           hour, code, code);
    };
    const Page mix = page_of(data_body("5", fuel("2024-01-01T05", "COL") + "," + fuel("2024-01-01T05", "WND") + "," +
                                                fuel("2024-01-01T06", "WND") + "," + fuel("2024-01-01T06", "COL") +
                                                "," + fuel("2024-01-01T07", "XYZ")),
                             source::require_route("fuel-type-data"));
    REQUIRE(mix.columns.size() == 3);
    CHECK(mix.columns[2].item == "XYZ");
    CHECK(mix.columns[1].item_name == "Name of WND");
    std::vector<std::uint32_t> columns;
    for (const auto& one : mix.rows) columns.push_back(one.column);
    CHECK(columns == std::vector<std::uint32_t>{0, 1, 1, 0, 2});

    const Page part = page_of(data_body("1", R"({"period":"2024-01-01T05","subba":"0001","subba-name":"Zone 1",)"
                                             R"("parent":"MISO","parent-name":"MISO","value":"7"})"),
                              source::require_route("region-sub-ba-data"));
    REQUIRE(part.columns.size() == 1);
    CHECK(part.columns[0].region == "MISO");
    CHECK(part.columns[0].item == "0001");

    const Page exchange = page_of(data_body("1", R"({"period":"2024-01-01T05","fromba":"CISO","fromba-name":"x",)"
                                                 R"("toba":"BPAT","toba-name":null,"value":-3})"),
                                  source::require_route("interchange-data"));
    REQUIRE(exchange.rows.size() == 1);
    CHECK(exchange.rows[0].value == -3);
    CHECK(page_of(data_body("1", row("\"1\"")), source::require_route("interchange-data")).bad_rows.size() == 1);
}

TEST_CASE("a bad row is left out and told of, with its hour") {
    const Page page = page_of(data_body("\"5\"", row("\"1\"") + "," + row("\"n/a\"", "2024-01-01T06") + "," +
                                                     row("\"2\"", "2024-01-32T00") + "," +
                                                     R"({"period":"2024-01-01T07","respondent":"PACW","type":"D"})" +
                                                     "," + R"({"period":"2024-01-01T08","type":"D","value":"3"})"));
    CHECK(page.rows.size() == 1);
    REQUIRE(page.bad_rows.size() == 4);
    CHECK(page_of(data_body("1", R"({"period":null,"respondent":7,"type":"D","value":"3"})")).bad_rows.size() == 1);
    CHECK(page.bad_rows[0].find("2024-01-01T06 PACW D: value \"n/a\"") == 0);
    CHECK(page.bad_rows[1].find("2024-01-32T00") == 0);
    CHECK(page.bad_rows[2].find("no value") != std::string::npos);
}

TEST_CASE("warnings of the API are kept") {
    const Page page =
        page_of(data_body("\"9\"", "", R"("warnings":[{"warning":"incomplete return","description":"5000 rows"}],)"));
    REQUIRE(page.warnings.size() == 1);
    CHECK(page.warnings[0].find("incomplete return") != std::string::npos);
}

TEST_CASE("the body decides before the status does") {
    CHECK(trouble_in(500, R"({"error":"Not found.","code":404})").kind == Kind::refused);
    CHECK(trouble_in(200, R"({"error":"Invalid frequency 'x' provided.","code":400})").kind == Kind::refused);
    CHECK(trouble_in(400, R"({"error":"Invalid frequency 'x' provided.","code":400})")
              .message.find("Invalid frequency 'x'") != std::string::npos);
    CHECK(trouble_in(200, R"({"error":"Try later.","code":503})").kind == Kind::passing);
    CHECK(trouble_in(500, "<html>oops</html>").kind == Kind::passing);
    CHECK(trouble_in(404, "<html>oops</html>").kind == Kind::refused);
    CHECK(trouble_in(302, "").kind == Kind::refused);
    CHECK(trouble_in(503, "").may_heal());
    CHECK_FALSE(trouble_in(404, "").may_heal());
}

TEST_CASE("keys: missing, refused, suspended for a while") {
    const auto missing =
        trouble_in(403, R"({"error":{"code":"API_KEY_MISSING","message":"No api_key was supplied."}})");
    CHECK(missing.kind == Kind::key_missing);
    const auto invalid =
        trouble_in(403, R"({"error":{"code":"API_KEY_INVALID","message":"An invalid api_key was supplied."}})");
    CHECK(invalid.kind == Kind::key_refused);
    CHECK(invalid.status == 403);
    CHECK(invalid.message.find("EIA_API_KEY") != std::string::npos);
    CHECK(trouble_in(403, R"({"error":{"code":"OVER_RATE_LIMIT","message":"You have exceeded your rate limit."}})")
              .kind == Kind::throttled);
    CHECK(trouble_in(403, R"({"error":{"code":"X","message":"Your key is suspended."}})").kind == Kind::throttled);
    CHECK(trouble_in(429, "").kind == Kind::passing);
}

TEST_CASE("an error of any shape is told of, whatever stands where text belongs") {
    const auto number = trouble_in(403, R"({"error":{"code":403,"message":"nope"}})");
    CHECK(number.kind == Kind::refused);
    CHECK(number.message.find("(HTTP 403: nope)") != std::string::npos);
    const auto null = trouble_in(503, R"({"error":{"code":"X","message":null}})");
    CHECK(null.kind == Kind::passing);
    CHECK(null.message.find("(HTTP 503: X)") != std::string::npos);
    CHECK(trouble_in(403, R"({"error":{"code":403}})").message.find("(HTTP 403: 403)") != std::string::npos);
    for (const char* odd : {R"({})", R"([])", R"("x")", R"(1)", R"(1e99)", R"(-1)", R"(99999999999999999999)",
                            R"(true)", R"(null)", R"({"a":["\ud83d\ude00"]})"})
        for (const char* form : {R"({{"error":{0}}})", R"({{"error":{{"code":{0},"message":{0}}}}})",
                                 R"({{"error":"x","code":{0}}})", R"({{"code":{0},"error":{{"message":{0}}}}})"})
            for (const int status : {200, 403, 500})
                CHECK_FALSE(trouble_in(status, fmt::vformat(form, fmt::make_format_args(odd))).message.empty());
}

TEST_CASE("Retry-After in both of its forms") {
    using std::chrono::seconds;
    CHECK(trouble_in(503, "", {{"Retry-After", "7"}}).retry_after == seconds{7});
    CHECK(trouble_in(503, "", {{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"}}).retry_after == seconds{0});
    CHECK(trouble_in(503, "", {{"Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"}}).retry_after > seconds{1'000'000});
    CHECK_FALSE(trouble_in(503, "", {{"Retry-After", "soon"}}).retry_after);
    CHECK_FALSE(trouble_in(503, "").retry_after);
}

TEST_CASE("what is no reply of the API is garbled, and may heal") {
    for (const std::string& body :
         {std::string(), std::string("<html>"), std::string("{}"), std::string("[1]"),
          std::string(R"({"response":{"total":"1"}})"), std::string(R"({"response":{"data":[]}})"),
          std::string(R"({"response":{"total":"x","data":[]}})"), data_body("\"1\"", row("\"1\"")).substr(0, 200)}) {
        const auto trouble = trouble_in(200, body);
        CHECK(trouble.kind == Kind::garbled);
        CHECK(trouble.may_heal());
    }
}

TEST_CASE("no reply: the failure's own words, and whether it may heal") {
    using net::Failure;
    const auto passing =
        std::get<Trouble>(source::read_page(Failure{Failure::Step::receive, true, "slow"}, region_data()));
    CHECK(passing.kind == Kind::passing);
    CHECK(passing.message == "slow");
    CHECK(std::get<Trouble>(source::read_page(Failure{Failure::Step::handshake, false, "untrusted"}, region_data()))
              .kind == Kind::refused);
}

TEST_CASE("facets are read") {
    const auto reading = source::read_facets(net::Reply{
        200,
        {},
        R"({"response":{"totalFacets":2,"facets":[{"id":"PACW","name":"PacifiCorp West"},{"id":"US48","alias":"x","name":"United States Lower 48"}]},"apiVersion":"2.1.8"})",
        0});
    const auto& facets = std::get<std::vector<source::Facet>>(reading);
    REQUIRE(facets.size() == 2);
    CHECK(facets[1].id == "US48");
    CHECK(facets[1].name == "United States Lower 48");
}

TEST_CASE("the key is redacted wherever it is echoed, and nothing else is touched") {
    const std::string body = data_body("\"1\"", row("\"2515\""));
    const std::string clean = source::redact_key(body, "abc123secret");
    CHECK(clean.find("abc123secret") == std::string::npos);
    CHECK(clean.size() == body.size() - std::string("abc123secret").size() + std::string("REDACTED").size());
    CHECK(page_of(clean).rows.size() == 1);
    CHECK(source::redact_key(body, "").find("abc123secret") == std::string::npos);  // an echo needs no known key
    CHECK(source::redact_key(R"({"api_key" : "a\"b\\"} x"y)", "").find("REDACTED\"} x\"y") != std::string::npos);
    CHECK(source::redact_key("see ?api_key=k%2By%2Fz123 or k+y/z123", "k+y/z123") ==
          "see ?api_key=REDACTED or REDACTED");
    CHECK(source::redact_key(R"({"api_key":null,"a":"1"})", "1") == R"({"api_key":null,"a":"1"})");
    CHECK(source::redact_key(R"({"api_key":"cut)", "") == R"({"api_key":"cut)");
}
