// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "gridring/core/error.hpp"
#include "gridring/net/http_client.hpp"

using namespace gridring;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;

namespace {

/// A folder with keys and certificates of a test authority, made by the openssl program.
class Certificates {
public:
    Certificates() : folder_(fs::temp_directory_path() / ("gridring-tls-" + std::to_string(getpid()))) {
        fs::create_directories(folder_);
        const std::string key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 ";
        openssl("req -x509" + key + "-subj '/CN=test authority' -keyout ca.key -out ca.pem");
        issue("right", "DNS:localhost");
        issue("address", "IP:127.0.0.1");
        issue("other", "DNS:other.example");
    }
    ~Certificates() { fs::remove_all(folder_); }
    fs::path operator/(const std::string& name) const { return folder_ / name; }

private:
    void issue(const std::string& name, const std::string& names) {
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=server' -addext "
            "subjectAltName=" +
            names + " -CA ca.pem -CAkey ca.key -keyout " + name + ".key -out " + name + ".pem");
    }
    void openssl(const std::string& arguments) {
        const std::string command = "cd '" + folder_.string() + "' && openssl " + arguments + " 2>openssl.log";
        REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
    }
    fs::path folder_;
};

/// Serves "ok" over TLS, to one connection after the other.
class TlsServer {
public:
    TlsServer(const Certificates& files, const std::string& name, long newest_version = TLS1_3_VERSION) {
        context_.use_certificate_chain_file((files / (name + ".pem")).string());
        context_.use_private_key_file((files / (name + ".key")).string(), asio::ssl::context::pem);
        SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.native_handle(), static_cast<int>(newest_version));
        SSL_CTX_set_security_level(context_.native_handle(), 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~TlsServer() {
        is_over_ = true;
        asio::io_context io;
        tcp::socket waker(io);
        boost::system::error_code ignored;
        waker.connect({asio::ip::address_v4::loopback(), port()}, ignored);
        waker.close();
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void serve() {
        while (!is_over_) {
            asio::ssl::stream<tcp::socket> stream(acceptor_.accept(), context_);
            boost::system::error_code error;
            stream.handshake(asio::ssl::stream_base::server, error);
            std::string request;
            while (!error && asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", error) > 0 && !error) {
                request.clear();
                asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")), error);
                break;
            }
        }
    }
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    asio::ssl::context context_{asio::ssl::context::tls_server};
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

net::Result call(const TlsServer& server, const std::string& host, const fs::path& ca_file) {
    net::ClientOptions options;
    options.ca_file = ca_file;
    return net::HttpClient(options).get({"https", host, server.port(), "/"});
}

}  // namespace

TEST_CASE("TLS: only a trusted certificate for the right name is accepted") {
    const Certificates files;
    {
        const TlsServer right(files, "right");
        const auto good = call(right, "localhost", files / "ca.pem");
        if (const auto* failure = std::get_if<net::Failure>(&good)) FAIL(failure->message);
        CHECK(std::get<net::Reply>(good).body == "ok");

        const auto stranger = std::get<net::Failure>(call(right, "localhost", {}));
        CHECK(stranger.step == net::Failure::Step::handshake);
        CHECK_FALSE(stranger.may_heal);
        CHECK(stranger.message.find("certificate is not trusted") != std::string::npos);

        CHECK_FALSE(
            std::get<net::Failure>(call(right, "127.0.0.1", files / "ca.pem")).may_heal);  // names localhost alone
    }
    {
        const TlsServer address(files, "address");
        CHECK(std::holds_alternative<net::Reply>(call(address, "127.0.0.1", files / "ca.pem")));
    }
    {
        const TlsServer other(files, "other");
        const auto wrong_name = std::get<net::Failure>(call(other, "localhost", files / "ca.pem"));
        CHECK_FALSE(wrong_name.may_heal);
        CHECK(wrong_name.message.find("ostname mismatch") != std::string::npos);
    }
    {
        const TlsServer old(files, "right", TLS1_1_VERSION);
        const auto too_old = std::get<net::Failure>(call(old, "localhost", files / "ca.pem"));
        CHECK(too_old.step == net::Failure::Step::handshake);
    }
}

TEST_CASE("TLS: a CA file that holds no certificate is refused at once") {
    net::ClientOptions options;
    options.ca_file = "/no/such/ca.pem";
    CHECK_THROWS_AS(net::HttpClient{options}, StoreError);
}
