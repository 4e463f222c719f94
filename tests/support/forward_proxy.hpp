// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gridring/net/http_server.hpp"

namespace gridring::test {

/// A forward proxy on 127.0.0.1, for tests: CONNECT leads on to any loopback port, whatever the host name; any other
/// request is answered by the proxy itself, with "fetched" for a body.
class ForwardProxy {
public:
    /// Speaks TLS with an identity. Answers every request with `refusal`, a status line, unless that is empty.
    explicit ForwardProxy(std::optional<net::Identity> identity = {}, std::string refusal = {})
        : refusal_(std::move(refusal)) {
        if (identity) {
            tls_.emplace(boost::asio::ssl::context::tls_server);
            tls_->use_certificate_chain_file(identity->certificate.string());
            tls_->use_private_key_file(identity->key.string(), boost::asio::ssl::context::pem);
        }
        accept();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~ForwardProxy() {
        io_.stop();
        thread_.join();
    }
    ForwardProxy(const ForwardProxy&) = delete;
    ForwardProxy& operator=(const ForwardProxy&) = delete;

    std::uint16_t port() const { return port_; }
    /// The header of every request so far, each up to its blank line.
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    using Error = boost::system::error_code;
    using tcp = boost::asio::ip::tcp;
    using Tls = boost::asio::ssl::stream<tcp::socket>;

    /// One client, over TCP or TLS, and the origin it was led to.
    template <class Stream>
    struct Link : std::enable_shared_from_this<Link<Stream>> {
        Link(ForwardProxy& owner, Stream stream) : proxy(owner), client(std::move(stream)), origin(owner.io_) {}

        void read() {
            boost::asio::async_read_until(client, boost::asio::dynamic_buffer(text), "\r\n\r\n",
                                          [self = this->shared_from_this()](const Error& error, std::size_t size) {
                                              if (!error) self->answer(size);
                                          });
        }
        void answer(std::size_t size) {
            const std::string head = text.substr(0, size);
            text.erase(0, size);
            {
                const std::lock_guard lock(proxy.mutex_);
                proxy.requests_.push_back(head);
            }
            if (!proxy.refusal_.empty())
                return say("HTTP/1.1 " + proxy.refusal_ + "\r\nContent-Length: 0\r\n\r\n", false);
            if (!head.starts_with("CONNECT ")) return say("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nfetched", false);
            const auto colon = head.find(':');
            const auto port = static_cast<std::uint16_t>(std::stoi(head.substr(colon + 1)));
            origin.async_connect({boost::asio::ip::address_v4::loopback(), port},
                                 [self = this->shared_from_this()](const Error& error) {
                                     if (error) return self->say("HTTP/1.1 502 Bad Gateway\r\n\r\n", false);
                                     self->say("HTTP/1.1 200 Connection established\r\n\r\n", true);
                                 });
        }
        void say(const std::string& words, bool relays) {
            said = words;
            boost::asio::async_write(client, boost::asio::buffer(said),
                                     [self = this->shared_from_this(), relays](const Error& error, std::size_t) {
                                         if (error) return;
                                         if (!relays) return self->read();
                                         self->pass(self->client, self->origin, self->up);
                                         self->pass(self->origin, self->client, self->down);
                                     });
        }
        template <class From, class To>
        void pass(From& from, To& to, std::array<char, 16384>& buffer) {
            from.async_read_some(boost::asio::buffer(buffer), [self = this->shared_from_this(), &from, &to, &buffer](
                                                                  const Error& error, std::size_t count) {
                if (error) return self->close();
                boost::asio::async_write(to, boost::asio::buffer(buffer, count),
                                         [self, &from, &to, &buffer](const Error& failed, std::size_t) {
                                             if (failed) return self->close();
                                             self->pass(from, to, buffer);
                                         });
            });
        }
        void close() {
            Error ignored;
            origin.close(ignored);
            client.lowest_layer().close(ignored);
        }

        ForwardProxy& proxy;
        Stream client;
        tcp::socket origin;
        std::string text, said;
        std::array<char, 16384> up{}, down{};
    };

    void accept() {
        acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
            if (error) return;
            if (tls_) {
                const auto link = std::make_shared<Link<Tls>>(*this, Tls(std::move(socket), *tls_));
                link->client.async_handshake(boost::asio::ssl::stream_base::server, [link](const Error& failed) {
                    if (!failed) link->read();
                });
            } else {
                std::make_shared<Link<tcp::socket>>(*this, std::move(socket))->read();
            }
            accept();
        });
    }

    std::string refusal_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::optional<boost::asio::ssl::context> tls_;
    boost::asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    std::thread thread_;
};

}  // namespace gridring::test
