// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

using namespace gridring;
using source::ApiKey, source::Window;

namespace {
Hour hour(const char* text) { return *parse_hour(text); }
}  // namespace

TEST_CASE("windows cover every hour once and never more than a page") {
    const Window span{hour("2018-01-01T00"), hour("2023-12-31T23"), {"PACW", "CISO", "ERCO", "MISO"}, {"D", "DF"}};
    CHECK(span.hours() == 52'584);
    const auto windows = source::plan_windows(span);
    CHECK(windows.size() == 85);  // 625 hours each
    Hour next = span.first;
    for (const Window& window : windows) {
        CHECK(window.first == next);
        CHECK(window.most_rows() <= 5000);
        next = window.last + std::chrono::hours{1};
    }
    CHECK(next == span.last + std::chrono::hours{1});
}

TEST_CASE("a window is at least one hour, and one hour is enough") {
    const Window hour_alone{hour("2024-02-29T05"), hour("2024-02-29T05"), {"A", "B", "C"}, {"D"}};
    const auto windows = source::plan_windows(hour_alone, 2);
    REQUIRE(windows.size() == 1);
    CHECK(windows[0].most_rows() == 3);
    CHECK_THROWS_AS(source::plan_windows({hour("2024-01-02"), hour("2024-01-01"), {"A"}, {"D"}}), BugError);
}

TEST_CASE("a data call says everything the API needs to give the same rows twice") {
    const Window window{hour("2024-01-01T00"), hour("2024-01-02T00"), {"PACW", "CISO"}, {"D"}};
    const auto call =
        source::data_call("https://api.eia.gov/v2/", {"SECRET", ApiKey::Place::header}, window, 5000, 2500);
    CHECK(call.url.host_and_port() == "api.eia.gov:443");
    CHECK(net::path_of(call.url.target) == "/v2/electricity/rto/region-data/data/");
    CHECK(call.url.target.find('[') == std::string::npos);
    const net::Parameters expected{{"frequency", "hourly"},
                                   {"data[0]", "value"},
                                   {"facets[respondent][]", "PACW"},
                                   {"facets[respondent][]", "CISO"},
                                   {"facets[type][]", "D"},
                                   {"start", "2024-01-01T00"},
                                   {"end", "2024-01-02T00"},
                                   {"sort[0][column]", "period"},
                                   {"sort[0][direction]", "asc"},
                                   {"sort[1][column]", "respondent"},
                                   {"sort[1][direction]", "asc"},
                                   {"sort[2][column]", "type"},
                                   {"sort[2][direction]", "asc"},
                                   {"offset", "5000"},
                                   {"length", "2500"}};
    CHECK(net::query_of(call.url.target) == expected);
}

TEST_CASE("the key goes where it is told to, and only there") {
    const auto header = source::respondents_call("http://h/v2", {"SECRET", ApiKey::Place::header});
    CHECK(net::find_header(header.headers, "X-Api-Key") == "SECRET");
    CHECK(header.url.target == "/v2/electricity/rto/region-data/facet/respondent/");
    const auto query = source::respondents_call("http://h/v2", {"SE CRET", ApiKey::Place::query});
    CHECK_FALSE(net::find_header(query.headers, "X-Api-Key"));
    CHECK(query.url.target.ends_with("?api_key=SE%20CRET"));
    CHECK_FALSE(net::find_header(source::respondents_call("http://h/v2", {}).headers, "X-Api-Key"));
}

TEST_CASE("unknown respondents are named with their nearest neighbours") {
    CHECK_NOTHROW(source::require_known({"PACW", "SWPP"}, source::eia_respondents()));
    CHECK_THROWS_WITH_AS(
        source::require_known({"PACW", "SPP"}, source::eia_respondents()),
        doctest::Contains("region 'SPP' is unknown to EIA, which would answer with zero rows; nearest known codes: S"),
        DataError);
    CHECK_THROWS_WITH(source::require_known({"SPP"}, source::eia_respondents()),
                      doctest::Contains("SWPP (Southwest Power Pool)"));
    CHECK_THROWS_WITH(source::require_known({"CARO"}, source::eia_respondents()),
                      doctest::Contains("codes: CAR (Carolinas)"));
    CHECK_THROWS_WITH(source::require_known({"QQQ1", "QQQ2"}, source::eia_respondents()), doctest::Contains("QQQ2"));
    CHECK(source::name_of_respondent("PACW") == "PacifiCorp West");
    CHECK(source::name_of_respondent("NOPE") == "NOPE");
}

TEST_CASE("types are known by code") {
    CHECK(source::require_quantity("DF").variable == "demand_forecast");
    CHECK_THROWS_AS(source::require_quantity("X"), ConfigError);
}
