// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "connection_pool.hpp"
#include "gridring/net/http_client.hpp"

namespace gridring::net {

/// Where one call goes.
struct Route {
    const Url& url;
    const Proxy* proxy;  ///< nullptr = straight

    bool is_tunnel() const { return proxy && url.is_tls(); }
    bool asks_proxy() const { return proxy && !url.is_tls(); }  ///< it fetches the page for us
    /// Calls of one place may share a connection.
    std::string place() const;
    /// "api.eia.gov:443", "api.eia.gov:443 (through the proxy p:3128)".
    std::string peer() const;
};

/// "could not receive from api.eia.gov:443: it closed the connection".
Failure failure(Failure::Step step, const std::string& peer, const std::string& why, bool may_heal = true);

/// "Proxy-Authorization: Basic …" with its line end; empty without credentials.
std::string proxy_authorization(const Proxy& proxy);
/// What a proxy's own refusal means, and how to mend it.
Failure proxy_refusal(const Route& route, int status);

/// Opens connections: address, TCP, and where the route asks for it TLS with the proxy, CONNECT, TLS with the origin.
class Dialer {
public:
    Dialer(const ClientOptions& options, ConnectionPool& pool, const std::atomic<bool>& is_cancelled)
        : options_(options), pool_(pool), is_cancelled_(is_cancelled) {}

    std::variant<std::unique_ptr<Connection>, Failure> open(const Route& route);
    /// Made at the first https call, since reading the system's list takes a while. Throws StoreError.
    SSL_CTX* tls_context();

private:
    using Refusal = std::optional<Failure>;
    Refusal dial(Connection& connection, const Route& route);
    Refusal reach(Connection& connection, const std::string& host, std::uint16_t port, const std::string& peer);
    Refusal tunnel(Connection& connection, const Route& route);
    Refusal secure(Connection& connection, const std::string& host, const std::string& peer);

    const ClientOptions& options_;
    ConnectionPool& pool_;
    const std::atomic<bool>& is_cancelled_;
    std::mutex mutex_;
    std::optional<boost::asio::ssl::context> tls_;
};

}  // namespace gridring::net
