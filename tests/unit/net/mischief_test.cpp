// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/net/http_server.hpp"
#include "replies.hpp"
#include "support/certificates.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using test::failure_of, test::reply_of, test::mentions;
using Step = net::Failure::Step;

namespace {

constexpr std::size_t body_bytes = 300'000;

/// A server that ruins its replies, and a client that trusts it.
class Ruined {
public:
    Ruined(const net::Mischief& mischief, bool is_tls, std::size_t bytes = body_bytes,
           std::chrono::milliseconds receive = 5s)
        : server_(options(is_tls),
                  [=](const net::Request&) {
                      return net::Response{200, std::string(bytes, 'x'), "text/plain", {}, 0ms, mischief};
                  }),
          client_(client_options(receive)),
          scheme_(is_tls ? "https" : "http") {}

    net::Result get() { return client_.get({scheme_, "localhost", server_.port(), "/"}); }

private:
    static test::Certificates& files() {
        static test::Certificates all;
        return all;
    }
    static net::ServerOptions options(bool is_tls) {
        static const net::Identity identity = files().issue("DNS:localhost");
        net::ServerOptions options;
        if (is_tls) options.identity = identity;
        return options;
    }
    static net::ClientOptions client_options(std::chrono::milliseconds receive) {
        net::ClientOptions options;
        options.ca_file = files().authority();
        options.deadlines.receive = receive;
        return options;
    }
    net::HttpServer server_;
    net::HttpClient client_;
    std::string scheme_;
};

}  // namespace

TEST_CASE("ruined replies fail in a way that may heal, in good time, over TCP and TLS") {
    const auto start = std::chrono::steady_clock::now();
    for (const bool is_tls : {false, true}) {
        CAPTURE(is_tls);
        net::Mischief reset, longer, shorter, trickle;
        reset.reset_after = 100'000;
        longer.length_error = 5;
        shorter.length_error = -5;
        trickle.trickle_bytes = 1;
        for (const auto& [mischief, word] : {std::pair(reset, "reset"), std::pair(longer, "in the middle of its reply"),
                                             std::pair(shorter, "more than"), std::pair(trickle, "longer than")}) {
            INFO(word);
            const net::Failure failure =
                failure_of(Ruined(mischief, is_tls, body_bytes, mischief.trickle_bytes > 0 ? 300ms : 5s).get());
            CHECK(failure.step == Step::receive);
            CHECK(failure.may_heal);
            CHECK_MESSAGE(mentions(failure, word), failure.message);
        }
    }
    CHECK(std::chrono::steady_clock::now() - start < 4s);
}

TEST_CASE("a trickle within the deadline arrives whole, and takes its time") {
    net::Mischief trickle;
    trickle.trickle_bytes = 2;
    Ruined slow(trickle, false, 5);
    const auto start = std::chrono::steady_clock::now();
    CHECK(reply_of(slow.get()).body == "xxxxx");
    CHECK(std::chrono::steady_clock::now() - start > 190ms);
}

TEST_CASE("a kept connection that the server closed without a word is opened anew") {
    net::Mischief silent;
    silent.closes_silently = true;
    for (const bool is_tls : {false, true}) {
        Ruined server(silent, is_tls);
        for (int i = 0; i < 3; ++i) CHECK(reply_of(server.get()).body.size() == body_bytes);
    }
}
