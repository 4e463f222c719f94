// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <thread>

#include "gridring/core/error.hpp"
#include "gridring/net/http_client.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/net/self_signed.hpp"
#include "replies.hpp"
#include "support/certificates.hpp"

using namespace gridring;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// A server that knows TLS 1.1 alone.
class OldServer {
public:
    explicit OldServer(const net::Identity& identity) {
        context_.use_certificate_chain_file(identity.certificate.string());
        context_.use_private_key_file(identity.key.string(), asio::ssl::context::pem);
        SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.native_handle(), TLS1_1_VERSION);
        SSL_CTX_set_security_level(context_.native_handle(), 0);
        thread_ = std::thread([this] {
            asio::ssl::stream<tcp::socket> stream(acceptor_.accept(), context_);
            boost::system::error_code ignored;
            stream.handshake(asio::ssl::stream_base::server, ignored);
        });
    }
    ~OldServer() { thread_.join(); }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    asio::ssl::context context_{asio::ssl::context::tls_server};
    std::thread thread_;
};

net::HttpServer serve(const net::Identity& identity) {
    net::ServerOptions options;
    options.identity = identity;
    return net::HttpServer(options,
                           [](const net::Request&) { return net::Response{200, "ok", "text/plain", {}, {}, {}}; });
}

net::Result call(std::uint16_t port, const std::string& host, const std::filesystem::path& ca_file) {
    net::ClientOptions options;
    options.ca_file = ca_file;
    return net::HttpClient(options).get({"https", host, port, "/"});
}

void check_refused(const net::Result& result, std::string_view reason) {
    const auto failure = test::failure_of(result);
    CHECK(failure.step == net::Failure::Step::handshake);
    CHECK_FALSE(failure.may_heal);
    CHECK_MESSAGE(test::mentions(failure, "certificate is not trusted"), failure.message);
    CHECK_MESSAGE(test::mentions(failure, reason), failure.message);
}

}  // namespace

TEST_CASE("TLS: only a trusted certificate for the right name is accepted") {
    test::Certificates files;
    {
        const auto right = serve(files.issue("DNS:localhost"));
        CHECK(test::reply_of(call(right.port(), "localhost", files.authority())).body == "ok");
        check_refused(call(right.port(), "localhost", {}), "unable to get local issuer certificate");
        check_refused(call(right.port(), "127.0.0.1", files.authority()), "IP address mismatch");
    }
    const auto address = serve(files.issue("IP:127.0.0.1"));
    CHECK(test::reply_of(call(address.port(), "127.0.0.1", files.authority())).body == "ok");
    const auto other = serve(files.issue("DNS:other.example"));
    check_refused(call(other.port(), "localhost", files.authority()), "ostname mismatch");
    const auto expired = serve(files.issue("DNS:localhost", -1));
    check_refused(call(expired.port(), "localhost", files.authority()), "expired");
    const net::Identity identity = net::make_self_signed(files.authority().parent_path());
    const auto own = serve(identity);
    check_refused(call(own.port(), "localhost", files.authority()), "self-signed certificate");
    CHECK(test::reply_of(call(own.port(), "localhost", identity.certificate)).body == "ok");
    CHECK(test::reply_of(call(own.port(), "127.0.0.1", identity.certificate)).body == "ok");
    const OldServer old(files.issue("DNS:localhost"));
    CHECK(test::failure_of(call(old.port(), "localhost", files.authority())).step == net::Failure::Step::handshake);
}

TEST_CASE("TLS: files that hold no certificate or another's key are refused at once") {
    net::ClientOptions options;
    options.ca_file = "/no/such/ca.pem";
    CHECK_THROWS_AS(net::HttpClient{options}, StoreError);

    test::Certificates files;
    const net::Identity one = files.issue("DNS:localhost"), two = files.issue("DNS:localhost");
    CHECK_THROWS_WITH_AS(serve({"/no/such.pem", one.key}), doctest::Contains("/no/such.pem"), StoreError);
    CHECK_THROWS_WITH_AS(serve({one.certificate, two.key}), doctest::Contains("private key of"), StoreError);
}
