// SPDX-License-Identifier: MIT
#include "gridring/net/web_socket.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <future>
#include <thread>

#include "gridring/net/http_client.hpp"
#include "gridring/net/http_server.hpp"

namespace {

using namespace gridring;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
using Error = boost::system::error_code;

/// A server that hands out WebSockets at every target but /plain, and the last of them.
struct Server {
    std::promise<std::shared_ptr<net::WebSocket>> opened;
    net::HttpServer http{{}, [this](const net::Request& request) {
                             net::Response response{426, "a WebSocket", "text/plain", {}, {}, {}, {}};
                             if (request.target != "/plain")
                                 response.on_web_socket = [this](std::shared_ptr<net::WebSocket> socket) {
                                     opened.set_value(std::move(socket));
                                 };
                             return response;
                         }};
};

struct Page {
    asio::io_context io;
    beast::websocket::stream<asio::ip::tcp::socket> stream{io};

    Error open(const Server& server, const std::string& target) {
        stream.next_layer().connect({asio::ip::address_v4::loopback(), server.http.port()});
        Error error;
        stream.handshake("127.0.0.1", target, error);
        return error;
    }
    std::string read(Error& error) {
        beast::flat_buffer buffer;
        stream.read(buffer, error);
        return beast::buffers_to_string(buffer.data());
    }
};

auto text(std::string words) { return std::make_shared<const std::string>(std::move(words)); }

}  // namespace

TEST_CASE("a page gets the texts that the server pushes, in order, and plain requests go on") {
    Server server;
    Page page;
    REQUIRE_FALSE(page.open(server, "/live?run=a"));
    const auto socket = server.opened.get_future().get();
    for (int i = 0; i < 40; ++i) socket->send(text(std::to_string(i)));
    Error error;
    for (int i = 0; i < 40; ++i) CHECK(page.read(error) == std::to_string(i));
    net::HttpClient client;
    CHECK(std::get<net::Reply>(client.get({"http", "127.0.0.1", server.http.port(), "/live"}, {})).status == 426);
}

TEST_CASE("where no WebSocket is, an upgrade gets the plain reply") {
    Server server;
    Page page;
    CHECK(page.open(server, "/plain") == beast::websocket::error::upgrade_declined);
}

TEST_CASE("a page that says too much is closed, and the server forgets it") {
    Server server;
    Page page;
    REQUIRE_FALSE(page.open(server, "/live"));
    std::weak_ptr<net::WebSocket> socket = server.opened.get_future().get();
    page.stream.write(asio::buffer(std::string(5000, 'x')));
    Error error;
    page.read(error);
    CHECK(error == beast::websocket::error::closed);
    for (int i = 0; i < 100 && !socket.expired(); ++i) std::this_thread::sleep_for(20ms);
    CHECK(socket.expired());
}

TEST_CASE("a page that does not read is closed instead of filling the server") {
    Server server;
    Page page;
    REQUIRE_FALSE(page.open(server, "/live"));
    std::weak_ptr<net::WebSocket> socket = server.opened.get_future().get();
    const auto much = text(std::string(4 << 20, 'x'));
    for (int i = 0; i < 64; ++i)
        if (const auto held = socket.lock()) held->send(much);
    for (int i = 0; i < 100 && !socket.expired(); ++i) std::this_thread::sleep_for(20ms);
    CHECK(socket.expired());
}
