// SPDX-License-Identifier: MIT
#include "gridring/net/proxies.hpp"

#include <doctest/doctest.h>

#include <map>

#include "gridring/core/error.hpp"
#include "gridring/net/http_server.hpp"
#include "raw_peer.hpp"
#include "replies.hpp"
#include "support/certificates.hpp"
#include "support/forward_proxy.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using test::failure_of, test::reply_of, test::mentions;

namespace {

net::Proxies from(const std::map<std::string, std::string>& variables) {
    return net::Proxies::from([&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

bool is_direct(const std::string& no_proxy, const std::string& url) {
    return from({{"all_proxy", "p"}, {"no_proxy", no_proxy}}).leading_to(net::parse_url(url)) == nullptr;
}

net::HttpServer serve(test::Certificates& files) {
    net::ServerOptions options;
    options.identity = files.issue("DNS:localhost");
    return net::HttpServer(options, [](const net::Request& request) {
        const bool is_clean = !net::find_header(request.headers, "Proxy-Authorization");
        net::Response response{200, is_clean ? request.target : "leaked", "text/plain", {}, {}, {}};
        response.mischief.closes_silently = request.target == "/last";
        return response;
    });
}

net::ClientOptions options(const std::string& variable, const std::string& proxy, const test::Certificates& files) {
    net::ClientOptions options;
    options.ca_file = files.authority();
    options.proxies = from({{variable, proxy}});
    return options;
}

}  // namespace

TEST_CASE("the environment names proxies, lower case first, and never by HTTP_PROXY") {
    const auto both =
        from({{"https_proxy", "http://one:3128"}, {"HTTPS_PROXY", "http://two:3128"}, {"ALL_PROXY", "three"}});
    CHECK(both.https->host_and_port() == "one:3128");
    CHECK(both.http->host_and_port() == "three:80");
    CHECK_FALSE(from({{"HTTP_PROXY", "http://evil:80"}}).http);
    CHECK_FALSE(from({{"https_proxy", ""}, {"HTTPS_PROXY", "two"}}).https);
    const auto full = from({{"http_proxy", "https://me:p%40ss+w/rd@[::1]/"}}).http;
    CHECK(full->credentials == "me:p@ss+w/rd");
    CHECK(full->is_tls());
    CHECK(full->host_and_port() == "[::1]:443");
}

TEST_CASE("a proxy that cannot be used is refused by the name of its variable, and its password stays secret") {
    for (const char* proxy : {"socks5://me:SECRET@p:1080", "http://me:SECRET@", "http://me:SECRET@p:0", "ftp://p",
                              "http://me:SECRET/more@p:x"})
        try {
            from({{"all_proxy", proxy}});
            FAIL(proxy);
        } catch (const ConfigError& error) {
            CHECK(std::string(error.what()).find("all_proxy") != std::string::npos);
            CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
        }
}

TEST_CASE("no_proxy lists hosts, suffixes, ports, addresses, networks and all") {
    for (const char* list : {"*", "eia.gov", ".eia.gov", "other.org, API.eia.gov", "x y api.eia.gov:443"})
        CHECK_MESSAGE(is_direct(list, "https://api.EIA.gov/"), list);
    for (const char* list : {"", "ia.gov", "api.eia.gov:80", "www.api.eia.gov", ".", "eia.gov.org", "0.0.0.0/0"})
        CHECK_FALSE_MESSAGE(is_direct(list, "https://api.eia.gov/"), list);
    for (const char* list : {"10.1.2.3", "10.1.2.3:8080", "10.0.0.0/8", "10.1.2.3/32"})
        CHECK_MESSAGE(is_direct(list, "http://10.1.2.3:8080/"), list);
    for (const char* list : {"10.1.2.30", "11.0.0.0/8", "10.1.2.3:80", "2.3", "10.0.0.0/99"})
        CHECK_FALSE_MESSAGE(is_direct(list, "http://10.1.2.3:8080/"), list);
    CHECK(is_direct("[::1]:81", "http://[::1]:81/"));
    CHECK(is_direct("fd00::/8,::1", "http://[::1]:81/"));
    CHECK_FALSE(is_direct("localhost", "http://127.0.0.1/"));
}

TEST_CASE("http goes through a proxy in absolute form, with the credentials") {
    test::Certificates files;
    const test::ForwardProxy proxy;
    const std::string address = "me:pass@127.0.0.1:" + std::to_string(proxy.port());
    net::HttpClient client(options("http_proxy", address, files));
    CHECK(reply_of(client.get(net::parse_url("http://nowhere.invalid:8080/a?b=c"))).body == "fetched");
    CHECK(reply_of(client.get(net::parse_url("http://elsewhere.invalid/"))).body == "fetched");
    const auto requests = proxy.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].starts_with("GET http://nowhere.invalid:8080/a?b=c HTTP/1.1\r\nHost: nowhere.invalid:8080\r\n"));
    CHECK(requests[0].find("Proxy-Authorization: Basic bWU6cGFzcw==\r\n") != std::string::npos);
    CHECK(requests[1].starts_with("GET http://elsewhere.invalid/ HTTP/1.1\r\n"));
}

TEST_CASE("https goes through a tunnel, over TCP and inside TLS, and checks the origin's own certificate") {
    test::Certificates files;
    const auto server = serve(files);
    const auto stranger = [&] {
        net::ServerOptions own;
        own.identity = files.self_signed("DNS:localhost");
        return net::HttpServer(own, [](const net::Request&) { return net::Response{}; });
    }();
    for (const bool is_tls : {false, true}) {
        CAPTURE(is_tls);
        const test::ForwardProxy proxy(is_tls ? std::optional(files.issue("IP:127.0.0.1")) : std::nullopt);
        const std::string address =
            std::string(is_tls ? "https" : "http") + "://me:pass@127.0.0.1:" + std::to_string(proxy.port());
        net::HttpClient client(options("https_proxy", address, files));
        const std::string big(3'000, 'y');  // also upwards
        for (const std::string& target : {std::string("/one"), "/" + big})
            CHECK(reply_of(client.get({"https", "localhost", server.port(), target})).body == target);
        const auto requests = proxy.requests();
        REQUIRE(requests.size() == 1);  // the tunnel is kept
        CHECK(requests[0].starts_with("CONNECT localhost:" + std::to_string(server.port()) + " HTTP/1.1\r\n"));
        CHECK(requests[0].find("Proxy-Authorization: Basic bWU6cGFzcw==\r\n") != std::string::npos);

        for (int i = 0; i < 3; ++i)  // the server ends the tunnel without a word, and it is dug anew
            CHECK(reply_of(client.get({"https", "localhost", server.port(), "/last"})).body == "/last");
        CHECK(proxy.requests().size() == 3);

        const auto refused = failure_of(client.get({"https", "localhost", stranger.port(), "/"}));
        CHECK_FALSE(refused.may_heal);
        CHECK_MESSAGE(mentions(refused, "self-signed certificate"), refused.message);
        CHECK(failure_of(client.get({"https", "other.invalid", server.port(), "/"})).may_heal == false);
    }
}

TEST_CASE("a proxy that refuses is named with its status and a way out, but not with its password") {
    test::Certificates files;
    const auto ask = [&](const test::ForwardProxy& proxy, const std::string& user, const std::string& scheme) {
        const std::string address = user + "127.0.0.1:" + std::to_string(proxy.port());
        net::HttpClient client(options("all_proxy", address, files));
        return failure_of(client.get({scheme, "api.eia.invalid", 443, "/?api_key=SECRET"}));
    };
    for (const auto& [status, advice, may_heal] :
         {std::tuple("407 Proxy Authentication Required", "all_proxy=http://USER:PASSWORD@127.0.0.1", false),
          std::tuple("403 Forbidden", "no_proxy", false), std::tuple("502 Bad Gateway", "could not reach", true)}) {
        const test::ForwardProxy proxy({}, status);
        const auto failure = ask(proxy, "", "https");
        CHECK(failure.may_heal == may_heal);
        for (const std::string& part : {"127.0.0.1:" + std::to_string(proxy.port()), std::string(status),
                                        std::string(advice), std::string("api.eia.invalid:443")})
            CHECK_MESSAGE(mentions(failure, part), failure.message);
        CHECK_FALSE(mentions(failure, "SECRET"));
    }
    const test::ForwardProxy wary({}, "407 Proxy Authentication Required");
    for (const char* scheme : {"http", "https"}) {
        const auto wrong = ask(wary, "me:SECRET@", scheme);
        CHECK_MESSAGE(mentions(wrong, "does not accept the user and password in all_proxy"), wrong.message);
        CHECK_FALSE(mentions(wrong, "SECRET"));
        CHECK_FALSE(wrong.may_heal);
    }
}

TEST_CASE("a proxy that is not there, or not trusted, is named") {
    test::Certificates files;
    const std::string nobody = "127.0.0.1:" + std::to_string(test::closed_port());
    const auto missing =
        failure_of(net::HttpClient(options("https_proxy", nobody, files)).get(net::parse_url("https://h.invalid/")));
    CHECK(missing.message == "could not connect to the proxy " + nobody + " (https_proxy): Connection refused");
    CHECK(missing.may_heal);

    const test::ForwardProxy proxy(files.self_signed("IP:127.0.0.1"));
    const std::string address = "https://127.0.0.1:" + std::to_string(proxy.port());
    const auto distrusted =
        failure_of(net::HttpClient(options("https_proxy", address, files)).get(net::parse_url("https://h.invalid/")));
    CHECK_FALSE(distrusted.may_heal);
    CHECK_MESSAGE(mentions(distrusted, "agree on TLS with the proxy"), distrusted.message);
}
