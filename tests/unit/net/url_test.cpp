// SPDX-License-Identifier: MIT
#include "gridring/net/url.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"

using namespace gridring;

TEST_CASE("an address is cut into its parts") {
    const net::Url eia = net::parse_url("https://api.eia.gov/v2/electricity?a=1#top");
    CHECK(eia.is_tls());
    CHECK(eia.host_and_port() == "api.eia.gov:443");
    CHECK(eia.target == "/v2/electricity?a=1");
    CHECK(net::parse_url("http://localhost:8080").target == "/");
    CHECK(net::parse_url("http://localhost:8080").port == 8080);
    CHECK(net::parse_url("http://[::1]:81/x").host == "::1");
    CHECK(net::parse_url("http://[::1]:81/x").host_and_port() == "[::1]:81");
    CHECK(net::parse_url("http://h?x=1").target == "/?x=1");
}

TEST_CASE("what is no address is refused, and its query stays secret") {
    for (const char* text : {"", "api.eia.gov/v2", "ftp://a", "http://", "http://a:0/", "http://a:99999", "http://a:x",
                             "http://[::1", "http://user:password@host/"})
        CHECK_THROWS_AS(net::parse_url(text), ConfigError);
    try {
        net::parse_url("htp://a/?api_key=SECRET");
    } catch (const ConfigError& error) {
        CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
    }
    CHECK_THROWS_WITH(net::parse_url("http://me:PASSWORD@host/"), doctest::Contains("user names"));
}

TEST_CASE("queries survive encoding") {
    const net::Parameters parameters{{"facets[respondent][]", "PACW"}, {"note", "a+b & c=d%20é"}, {"empty", ""}};
    const std::string query = net::to_query(parameters);
    CHECK(query.starts_with("facets%5Brespondent%5D%5B%5D=PACW&note=a%2Bb%20%26%20c%3Dd%2520"));
    CHECK(net::query_of("/path?" + query) == parameters);
    CHECK(net::query_of("/path").empty());
    CHECK(net::query_of("/p?a&&b=%4&c=x+y") == net::Parameters{{"a", ""}, {"b", "%4"}, {"c", "x y"}});
    CHECK(net::path_of("/path?a=1") == "/path");
}
