// SPDX-License-Identifier: MIT
#include "gridring/net/http_server.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/net/http_client.hpp"

using namespace gridring;
using namespace std::chrono_literals;

namespace {
net::Reply get(net::HttpClient& client, const net::HttpServer& server, const std::string& target,
               const net::Headers& headers = {}) {
    return std::get<net::Reply>(client.get({"http", "127.0.0.1", server.port(), target}, headers));
}
}  // namespace

TEST_CASE("the handler sees the request and its response travels") {
    net::HttpServer server({}, [](const net::Request& request) {
        const auto tag = net::find_header(request.headers, "X-TAG").value_or("none");
        return net::Response{
            418, request.method + " " + request.target + " " + std::string(tag), "text/plain", {{"X-Back", "yes"}}, {}};
    });
    net::HttpClient client;
    const auto reply = get(client, server, "/a?b=c", {{"x-tag", "seven"}});
    CHECK(reply.status == 418);
    CHECK(reply.body == "GET /a?b=c seven");
    CHECK(net::find_header(reply.headers, "x-back") == "yes");
}

TEST_CASE("a handler that throws gives a bare 500 and the server lives on") {
    log::set_level(log::Level::off);
    net::HttpServer server({}, [](const net::Request& request) -> net::Response {
        if (request.target == "/bad") throw std::runtime_error("secret detail");
        return {};
    });
    net::HttpClient client;
    const auto reply = get(client, server, "/bad");
    CHECK(reply.status == 500);
    CHECK(reply.body.find("secret") == std::string::npos);
    CHECK(get(client, server, "/good").status == 200);
    log::set_level(log::Level::info);
}

TEST_CASE("a request over the limits is refused") {
    net::HttpServer server({}, [](const net::Request&) { return net::Response{}; });
    net::HttpClient client;
    CHECK(get(client, server, "/" + std::string(20'000, 'x')).status == 431);
    CHECK(get(client, server, "/").status == 200);
}

TEST_CASE("a held-back reply holds back no other, and stop() does not wait for it") {
    net::HttpServer server({}, [](const net::Request& request) {
        net::Response response;
        if (request.target == "/slow") response.delay = 30s;
        return response;
    });
    net::HttpClient client;
    std::thread waiting([&] {
        const auto result = client.get({"http", "127.0.0.1", server.port(), "/slow"});
        CHECK(std::holds_alternative<net::Failure>(result));
    });
    std::this_thread::sleep_for(30ms);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i) CHECK(get(client, server, "/").status == 200);
    server.stop();
    waiting.join();
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    server.stop();
    const auto after = client.get({"http", "127.0.0.1", server.port(), "/"});
    CHECK(std::get<net::Failure>(after).step == net::Failure::Step::connect);
}

TEST_CASE("a port that is taken is an HttpError that names it") {
    net::HttpServer first({}, [](const net::Request&) { return net::Response{}; });
    net::ServerOptions same;
    same.port = first.port();
    CHECK_THROWS_WITH_AS(net::HttpServer(same, [](const net::Request&) { return net::Response{}; }),
                         doctest::Contains(std::to_string(first.port()).c_str()), HttpError);
}
