// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

using namespace gridring;
using source::ApiKey, source::Window;

namespace {
Hour hour(const char* text) { return *parse_hour(text); }
}  // namespace

TEST_CASE("pages hold as many whole hours as fit, and at least one") {
    CHECK(source::hours_a_page(20) == 250);
    CHECK(source::hours_a_page(21) == 238);
    CHECK(source::hours_a_page(3, 2) == 1);
    CHECK(source::hours_a_page(0) == 5000);
}

TEST_CASE("regions are asked for in the groups that take the fewest requests") {
    const auto requests = [](const std::vector<std::vector<std::string>>& groups, std::int64_t rows,
                             std::int64_t hours) {
        std::int64_t sum = 0;
        for (const auto& group : groups) {
            const auto page = source::hours_a_page(std::ssize(group) * rows);
            sum += (hours + page - 1) / page;
        }
        return sum;
    };
    std::vector<std::string> few{"PACW", "ERCO", "CAL", "TEX", "MISO"}, many;
    const std::int64_t seven_years = 61'368;
    CHECK(source::group_regions(few, 4, seven_years).size() == 1);
    CHECK(requests(source::group_regions(few, 4, seven_years), 4, seven_years) == 246);

    for (int i = 0; i < 82; ++i) many.push_back(std::to_string(i));
    const auto groups = source::group_regions(many, 8, seven_years);
    std::vector<std::string> all;
    for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
    CHECK(all == many);
    CHECK(requests(groups, 8, seven_years) < requests({many}, 8, seven_years));
    CHECK(requests(groups, 8, seven_years) < 82 * 8 * seven_years / 5000 * 102 / 100);
}

TEST_CASE("every data set asks by its own facets") {
    const Window window{
        &source::require_route("interchange-data"), hour("2024-01-01T00"), hour("2024-01-02T00"), {"CISO"}, {}};
    const auto query = net::query_of(source::data_call("http://h/v2", {}, window, 0, 5000).url.target);
    CHECK(std::ranges::find(query, std::pair<std::string, std::string>("facets[fromba][]", "CISO")) != query.end());
    CHECK(std::ranges::find(query, std::pair<std::string, std::string>("sort[2][column]", "toba")) != query.end());
    CHECK(std::ranges::none_of(query, [](const auto& pair) { return pair.first == "facets[toba][]"; }));
    CHECK(window.text() == "interchange-data of CISO, 2024-01-01T00 to 2024-01-02T00");
    CHECK_THROWS_AS(source::require_route("region"), ConfigError);
}

TEST_CASE("items have names that files and shells take") {
    const auto place = [](const char* route, const char* region, const char* item, const char* name = "") {
        return source::place_of(source::require_route(route), region, item, name);
    };
    CHECK(place("region-data", "PACW", "DF").variable == "demand_forecast");
    CHECK(place("fuel-type-data", "PACW", "COL", "Coal").variable == "generation_col");
    CHECK(place("fuel-type-data", "PACW", "PS", "Pumped Storage").long_name == "net generation from pumped storage");
    CHECK(place("fuel-type-data", "PACW", "N-1", "Fusion").variable == "generation_n_1");
    CHECK(place("fuel-type-data", "PACW", "N-1", "Fusion").long_name == "net generation from Fusion");
    CHECK(place("interchange-data", "PACW", "CISO").variable == "interchange_ciso");
    CHECK(place("region-sub-ba-data", "ERCO", "COAS", "Coast").region == "ERCO-COAS");
    CHECK(place("region-sub-ba-data", "ERCO", "COAS", "Coast").region_name == "Coast");
    CHECK(place("region-sub-ba-data", "ERCO", "COAS", "Coast").variable == "demand");
}

TEST_CASE("a data call says everything the API needs to give the same rows twice") {
    const Window window{
        &source::require_route("region-data"), hour("2024-01-01T00"), hour("2024-01-02T00"), {"PACW", "CISO"}, {"D"}};
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
    const source::Route& route = source::require_route("region-data");
    const auto header = source::regions_call("http://h/v2", {"SECRET", ApiKey::Place::header}, route);
    CHECK(net::find_header(header.headers, "X-Api-Key") == "SECRET");
    CHECK(header.url.target == "/v2/electricity/rto/region-data/facet/respondent/");
    const auto query = source::regions_call("http://h/v2", {"SE CRET", ApiKey::Place::query}, route);
    CHECK_FALSE(net::find_header(query.headers, "X-Api-Key"));
    CHECK(query.url.target.ends_with("?api_key=SE%20CRET"));
    CHECK_FALSE(net::find_header(source::regions_call("http://h/v2", {}, route).headers, "X-Api-Key"));
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
    CHECK_THROWS_WITH(source::require_known({"pacw"}, source::eia_respondents()),
                      doctest::Contains("'pacw' is unknown to EIA, which would answer with zero rows; nearest known "
                                        "codes: PACW (PacifiCorp West)"));
    CHECK_THROWS_WITH(source::require_known({"QQQ1", "QQQ2"}, source::eia_respondents()), doctest::Contains("QQQ2"));
    CHECK(source::name_of_respondent("PACW") == "PacifiCorp West");
    CHECK(source::name_of_respondent("NOPE") == "NOPE");
}

TEST_CASE("types are known by code") {
    CHECK(source::require_quantity("DF").variable == "demand_forecast");
    CHECK_THROWS_AS(source::require_quantity("X"), ConfigError);
}
