// SPDX-License-Identifier: MIT
#include "gridring/net/http_client.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <thread>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/net/http_server.hpp"
#include "raw_peer.hpp"
#include "replies.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using net::Failure, net::Reply;
using test::failure_of, test::reply_of;
using Step = Failure::Step;

namespace {

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

net::ClientOptions hasty() {
    net::ClientOptions options;
    options.deadlines = {300ms, 300ms, 300ms, 300ms, 300ms};
    return options;
}

/// What one call sees of a peer that answers every request with the same bytes and then hangs up.
net::Result see(std::string bytes, net::ClientOptions options = hasty()) {
    const test::RawPeer peer([&](test::RawConnection& connection, int) {
        connection.read_request();
        connection.send(bytes);
    });
    return net::HttpClient(std::move(options)).get(net::parse_url(peer.url("/path?api_key=SECRET")));
}

}  // namespace

TEST_CASE("a reply arrives with status, headers, body and its size on the wire") {
    const Reply reply = reply_of(see("HTTP/1.1 404 Not Found\r\nX-Note: one\r\nContent-Length: 4\r\n\r\ngone"));
    CHECK(reply.status == 404);
    CHECK(reply.body == "gone");
    CHECK(net::find_header(reply.headers, "x-note") == "one");
    CHECK(reply.bytes_on_wire == 62);
}

TEST_CASE("the forms in which a body may end") {
    CHECK(reply_of(see("HTTP/1.1 200 OK\r\n\r\nuntil the end")).body == "until the end");
    CHECK(reply_of(see("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n6\r\n "
                       "world\r\n0\r\nX-T: 1\r\n\r\n"))
              .body == "hello world");
    CHECK(reply_of(see("HTTP/1.1 100 Continue\r\n\r\n" + std::string(ok))).body == "ok");
    CHECK(reply_of(see("HTTP/1.1 204 No Content\r\n\r\n")).status == 204);
}

TEST_CASE("a gzip body is unpacked, a damaged one is a failure") {
    const std::string text(10'000, 'a'), packed = net::gzip(text);
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(packed.size()) + "\r\n\r\n";
    const Reply reply = reply_of(see(head + packed));
    CHECK(reply.body == text);
    CHECK(reply.bytes_on_wire == static_cast<std::int64_t>(head.size() + packed.size()));
    CHECK(reply.packed.empty());
    net::ClientOptions keeping = hasty();
    keeping.keeps_packed = true;
    const Reply kept = reply_of(see(head + packed, keeping));
    CHECK(kept.body == text);
    CHECK(kept.packed == packed);
    CHECK(reply_of(see(std::string(ok), keeping)).packed.empty());

    std::string damaged = packed;
    damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // in the checksum
    const Failure broken = failure_of(see(head + damaged));
    CHECK(broken.may_heal);
    CHECK(broken.message.find("gzip body is damaged") != std::string::npos);

    net::ClientOptions small = hasty();
    small.max_body_bytes = 5'000;
    const Failure large = failure_of(see(head + packed, small));
    CHECK(large.step == Step::receive);
    CHECK_FALSE(large.may_heal);
    CHECK(large.message.find("unpacks to more than 5000 bytes") != std::string::npos);
}

TEST_CASE("broken replies fail, name host and port, and never the query") {
    const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(300, 'y');
    for (const std::string& bytes :
         {cut, std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n"),
          std::string("HTTP/1.1 100 Continue\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-"),
          std::string("hello, is this SMTP?\r\n\r\n"), std::string()}) {
        const Failure failure = failure_of(see(bytes));
        CHECK(failure.step == Step::receive);
        CHECK(failure.may_heal);
        CHECK(failure.message.find("127.0.0.1:") != std::string::npos);
        CHECK(failure.message.find("SECRET") == std::string::npos);
    }
}

TEST_CASE("a reply over the limits is refused for good") {
    const Failure header =
        failure_of(see("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"));
    CHECK(header.message.find("header is longer than 65536 bytes") != std::string::npos);
    CHECK_FALSE(header.may_heal);

    net::ClientOptions options = hasty();
    options.max_body_bytes = 1000;
    CHECK_FALSE(
        failure_of(see("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'b'), options)).may_heal);
    CHECK_FALSE(failure_of(see("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'b'), options)).may_heal);
}

TEST_CASE("each step has a deadline, and dripping does not stretch it") {
    SUBCASE("silence") {
        const test::RawPeer peer([](test::RawConnection& connection, int) { connection.stall(); });
        const auto start = std::chrono::steady_clock::now();
        const Failure failure = failure_of(net::HttpClient(hasty()).get(net::parse_url(peer.url())));
        CHECK(failure.step == Step::receive);
        CHECK(failure.may_heal);
        CHECK(std::chrono::steady_clock::now() - start < 2s);
    }
    SUBCASE("one byte now and then") {
        const test::RawPeer peer([](test::RawConnection& connection, int) {
            connection.read_request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
            while (!connection.is_over()) {
                connection.send("z");
                std::this_thread::sleep_for(20ms);
            }
        });
        const auto start = std::chrono::steady_clock::now();
        CHECK(failure_of(net::HttpClient(hasty()).get(net::parse_url(peer.url()))).step == Step::receive);
        CHECK(std::chrono::steady_clock::now() - start < 2s);
    }
    SUBCASE("TLS that never answers") {
        const test::RawPeer peer([](test::RawConnection& connection, int) { connection.stall(); });
        const Failure failure =
            failure_of(net::HttpClient(hasty()).get(net::parse_url("https" + peer.url().substr(4))));
        CHECK(failure.step == Step::handshake);
        CHECK(failure.may_heal);
    }
}

TEST_CASE("nobody listens") {
    const std::uint16_t port = test::closed_port();
    const Failure failure = failure_of(net::HttpClient(hasty()).get({"http", "127.0.0.1", port, "/?api_key=SECRET"}));
    CHECK(failure.step == Step::connect);
    CHECK(failure.message == "could not connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
    CHECK(failure_of(net::HttpClient(hasty()).get({"http", "no-such-host.invalid", 80, "/"})).step == Step::resolve);
}

TEST_CASE("connections are kept, and a kept one that was closed is opened anew once") {
    std::atomic<int> requests = 0;
    const test::RawPeer peer([&](test::RawConnection& connection, int number) {
        for (int i = 0; i < (number == 0 ? 2 : 1); ++i) {  // the first serves two, then hangs up without a word
            if (connection.read_request().empty()) return;
            ++requests;
            connection.send(ok);
        }
    });
    net::HttpClient client(hasty());
    for (int i = 0; i < 4; ++i) {
        CHECK(reply_of(client.get(net::parse_url(peer.url()))).body == "ok");
        std::this_thread::sleep_for(20ms);
    }
    CHECK(requests == 4);
    CHECK(peer.connections() == 3);
}

TEST_CASE("what a server says unasked is no answer to the next request") {
    const test::RawPeer peer([&](test::RawConnection& connection, int number) {
        connection.read_request();
        connection.send(ok);
        if (number > 0) return;
        std::this_thread::sleep_for(20ms);
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
        connection.read_request();
    });
    net::HttpClient client(hasty());
    CHECK(reply_of(client.get(net::parse_url(peer.url()))).body == "ok");
    std::this_thread::sleep_for(60ms);
    CHECK(reply_of(client.get(net::parse_url(peer.url()))).body == "ok");
}

TEST_CASE("idle connections are kept in number and time as the options say") {
    const auto serve = [](test::RawConnection& connection, int) {
        while (!connection.read_request().empty()) connection.send(ok);
    };
    const auto connections = [&](std::size_t most, std::chrono::milliseconds longest) {
        const test::RawPeer one(serve), other(serve);
        net::ClientOptions options = hasty();
        options.max_idle = most;
        options.max_idle_time = longest;
        net::HttpClient client(options);
        for (const test::RawPeer* peer : {&one, &other, &one}) {
            CHECK(reply_of(client.get(net::parse_url(peer->url()))).body == "ok");
            std::this_thread::sleep_for(5ms);
        }
        return one.connections();
    };
    CHECK(connections(2, 60s) == 1);
    CHECK(connections(1, 60s) == 2);
    CHECK(connections(2, 1ms) == 2);
    CHECK(connections(0, 60s) == 2);
}

TEST_CASE("a server that closes every connection unanswered is asked twice at most") {
    const test::RawPeer peer([](test::RawConnection& connection, int number) {
        if (number == 0 && !connection.read_request().empty()) connection.send(ok);
    });
    net::HttpClient client(hasty());
    CHECK(reply_of(client.get(net::parse_url(peer.url()))).body == "ok");
    CHECK(failure_of(client.get(net::parse_url(peer.url()))).may_heal);
    CHECK(peer.connections() == 2);
}

TEST_CASE("more than the reply announced is no reply, and never the answer to the next request") {
    for (const char* extra : {"y", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra"})
        for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\n\r\n"}) {
            const Failure failure = failure_of(see(std::string(head) + extra));
            CHECK(failure.message.find("more than") != std::string::npos);
            CHECK(failure.may_heal);
        }
    CHECK(reply_of(see(std::string(ok) + "\r\n")).body == "ok");  // as some old servers end every reply
}

TEST_CASE("a connection is not kept when the reply says so") {
    for (const char* bytes : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                              "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}) {
        const test::RawPeer peer([&](test::RawConnection& connection, int) {
            while (!connection.read_request().empty()) connection.send(bytes);
        });
        net::HttpClient client(hasty());
        for (int i = 0; i < 2; ++i) CHECK(reply_of(client.get(net::parse_url(peer.url()))).body == "ok");
        CHECK(peer.connections() == 2);
    }
}

TEST_CASE("many threads call at once; cancel ends what is in flight") {
    net::HttpServer server({}, [](const net::Request& request) {
        return net::Response{200, request.target, "text/plain", {}, request.target == "/slow" ? 60'000ms : 1ms};
    });
    net::HttpClient client;
    const net::Url base{"http", "127.0.0.1", server.port(), "/"};
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                net::Url url = base;
                url.target = fmt::format("/{}/{}", t, i);
                const auto result = client.get(url);
                if (const auto* reply = std::get_if<Reply>(&result)) right += reply->body == url.target;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(right == 160);

    std::thread stopper([&] {
        std::this_thread::sleep_for(50ms);
        client.cancel();
    });
    net::Url slow = base;
    slow.target = "/slow";
    CHECK(failure_of(client.get(slow)).step == Step::cancelled);
    stopper.join();
    CHECK(failure_of(client.get(base)).step == Step::cancelled);
}

TEST_CASE("a client that was cancelled opens no connection more, to an address in numbers neither") {
    const test::RawPeer peer([](test::RawConnection& connection, int) { connection.stall(); });
    net::HttpClient client;
    client.cancel();
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& scheme : {std::string("http"), std::string("https")})
        CHECK(failure_of(client.get(net::parse_url(scheme + peer.url().substr(4)))).step == Step::cancelled);
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    std::this_thread::sleep_for(20ms);  // for the peer to accept what there might be
    CHECK(peer.connections() == 0);
}

TEST_CASE("a header with a line break is a bug of the caller") {
    net::HttpClient client;
    CHECK_THROWS_AS(client.get({"http", "127.0.0.1", 1, "/"}, {{"X-Api-Key", "a\r\nX-Other: b"}}), BugError);
}
