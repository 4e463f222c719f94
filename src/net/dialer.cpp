// SPDX-License-Identifier: MIT
#include "dialer.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <boost/beast/http/status.hpp>

#include "reply_reader.hpp"
#include "resolve.hpp"
#include "tls.hpp"

namespace gridring::net {
namespace {

using Step = Failure::Step;
using Error = Connection::Error;

std::string base64(const std::string& text) {
    std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    encoded.pop_back();
    return encoded;
}

std::string label(const Proxy& proxy) {
    return fmt::format("the proxy {} ({})", proxy.host_and_port(), proxy.named_by);
}

std::string advice(const Route& route, int status) {
    const Proxy& proxy = *route.proxy;
    if (status == 407 && proxy.credentials.empty())
        return fmt::format("it wants a user and a password: set {}={}://USER:PASSWORD@{}", proxy.named_by, proxy.scheme,
                           proxy.host_and_port());
    if (status == 407) return fmt::format("it does not accept the user and password in {}", proxy.named_by);
    if (status == 403)
        return fmt::format("it forbids this host: have it allowed, or put {} into no_proxy where there is a direct way",
                           route.url.host);
    if (status >= 500) return "it could not reach the host";
    return fmt::format("see whether {} names a proxy that lets CONNECT through", proxy.named_by);
}

}  // namespace

std::string Route::place() const {
    const std::string origin = url.scheme + "://" + url.host_and_port();
    if (!proxy) return origin;
    const std::string through = proxy->scheme + "://" + proxy->host_and_port();
    return asks_proxy() ? "any page by " + through : origin + " by " + through;
}

std::string Route::peer() const {
    return proxy ? fmt::format("{} (through the proxy {})", url.host_and_port(), proxy->host_and_port())
                 : url.host_and_port();
}

Failure failure(Step step, const std::string& peer, const std::string& why, bool may_heal) {
    constexpr std::string_view verbs[] = {"find the address of", "connect to", "agree on TLS with", "send to",
                                          "receive from",        "call"};
    return {step, may_heal, fmt::format("could not {} {}: {}", verbs[static_cast<int>(step)], peer, why)};
}

std::string proxy_authorization(const Proxy& proxy) {
    return proxy.credentials.empty() ? "" : "Proxy-Authorization: Basic " + base64(proxy.credentials) + "\r\n";
}

Failure proxy_refusal(const Route& route, int status) {
    namespace http = boost::beast::http;
    const std::string_view reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
    const bool may_heal = status >= 500 || status == 408 || status == 429;
    return failure(Step::connect, route.url.host_and_port(),
                   fmt::format("{} answered {} {}: {}", label(*route.proxy), status, reason, advice(route, status)),
                   may_heal);
}

SSL_CTX* Dialer::tls_context() {
    const std::lock_guard lock(mutex_);
    if (!tls_) tls_.emplace(make_tls_context(options_.ca_file));
    return tls_->native_handle();
}

std::variant<std::unique_ptr<Connection>, Failure> Dialer::open(const Route& route) {
    auto connection = std::make_unique<Connection>();
    const ConnectionPool::Use use(pool_, *connection);
    if (auto refused = dial(*connection, route)) return std::move(*refused);
    return connection;
}

Dialer::Refusal Dialer::dial(Connection& connection, const Route& route) {
    const Url& url = route.url;
    if (const Proxy* proxy = route.proxy) {
        if (auto refused = reach(connection, proxy->host, proxy->port, label(*proxy))) return refused;
        if (proxy->is_tls())
            if (auto refused = secure(connection, proxy->host, label(*proxy))) return refused;
        if (!route.is_tunnel()) return std::nullopt;
        if (auto refused = tunnel(connection, route)) return refused;
    } else if (auto refused = reach(connection, url.host, url.port, url.host_and_port())) {
        return refused;
    }
    return url.is_tls() ? secure(connection, url.host, route.peer()) : std::nullopt;
}

Dialer::Refusal Dialer::reach(Connection& connection, const std::string& host, std::uint16_t port,
                              const std::string& peer) {
    const Addresses addresses = resolve(host, port, options_.deadlines.resolve, is_cancelled_);
    if (addresses.endpoints.empty()) return failure(Step::resolve, peer, addresses.problem);
    if (is_cancelled_) return failure(Step::cancelled, peer, "");  // an address given as numbers was not looked up
    connection.expires_after(options_.deadlines.connect);
    if (const Error error = connection.connect(addresses.endpoints))
        return failure(Step::connect, peer, describe(error));
    return std::nullopt;
}

Dialer::Refusal Dialer::tunnel(Connection& connection, const Route& route) {
    const std::string target = route.url.host_and_port();
    const std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: {1}\r\n{2}\r\n", target,
                                            options_.user_agent, proxy_authorization(*route.proxy));
    connection.expires_after(options_.deadlines.connect);
    if (const Error error = connection.send(request)) return failure(Step::send, label(*route.proxy), describe(error));
    const Result said = read_connect_reply(connection, {options_.max_header_bytes, options_.max_body_bytes});
    if (const auto* broken = std::get_if<Failure>(&said))
        return failure(Step::receive, label(*route.proxy), broken->message, broken->may_heal);
    const int status = std::get<Reply>(said).status;
    return status / 100 == 2 ? Refusal() : proxy_refusal(route, status);
}

Dialer::Refusal Dialer::secure(Connection& connection, const std::string& host, const std::string& peer) {
    if (is_cancelled_) return failure(Step::cancelled, peer, "");
    std::string distrust;
    connection.expires_after(options_.deadlines.handshake);
    const Error error = connection.handshake(tls_context(), host, distrust);
    if (!error) return std::nullopt;
    if (distrust.empty()) return failure(Step::handshake, peer, describe(error));
    return failure(Step::handshake, peer, "its certificate is not trusted: " + distrust, false);
}

}  // namespace gridring::net
