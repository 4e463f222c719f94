// SPDX-License-Identifier: MIT
#include "gridring/net/http_client.hpp"

#include <fmt/format.h>

#include "connection_pool.hpp"
#include "dialer.hpp"
#include "gridring/core/error.hpp"
#include "reply_reader.hpp"

namespace gridring::net {
namespace {

using Step = Failure::Step;
using Error = Connection::Error;

std::string render(const Route& route, const Headers& headers, const std::string& user_agent) {
    const Url& url = route.url;
    const bool is_default_port = url.port == (url.is_tls() ? 443 : 80);
    std::string host = url.host_and_port();
    if (is_default_port) host.resize(host.rfind(':'));
    std::string text = fmt::format("GET {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept-Encoding: gzip\r\n",
                                   route.asks_proxy() ? "http://" + host : "", url.target, host, user_agent);
    if (route.asks_proxy()) text += proxy_authorization(*route.proxy);
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    return text + "\r\n";
}

/// What ends one request line must not begin another: a key with a line break in it would forge headers.
void expect_one_line(const Url& url, const Headers& headers) {
    const auto is_clean = [](const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; };
    expects(is_clean(url.target) && is_clean(url.host), "an address has no line breaks");
    for (const auto& [name, value] : headers) expects(is_clean(name) && is_clean(value), "a header has no line breaks");
}

}  // namespace

struct HttpClient::State {
    explicit State(ClientOptions given) : options(std::move(given)) {}

    Result get(const Route& route, const Headers& headers);
    Received exchange(Connection& connection, const Route& route, const std::string& request);

    ClientOptions options;
    std::atomic<bool> is_cancelled = false;
    ConnectionPool pool{options.max_idle, options.max_idle_time};
    Dialer dialer{options, pool, is_cancelled};
};

Received HttpClient::State::exchange(Connection& connection, const Route& route, const std::string& request) {
    const ConnectionPool::Use use(pool, connection);
    if (is_cancelled) return {failure(Step::cancelled, route.peer(), ""), false, false};
    connection.expires_after(options.deadlines.send);
    if (const Error error = connection.send(request))
        return {failure(Step::send, route.peer(), describe(error)), false, is_closed_by_peer(error)};
    connection.expires_after(options.deadlines.receive);
    Received received =
        read_reply(connection, {options.max_header_bytes, options.max_body_bytes}, options.keeps_packed);
    if (auto* broken = std::get_if<Failure>(&received.result))
        *broken = failure(Step::receive, route.peer(), broken->message, broken->may_heal);
    else if (const int status = std::get<Reply>(received.result).status; status == 407 && route.asks_proxy())
        received.result = proxy_refusal(route, status);
    return received;
}

Result HttpClient::State::get(const Route& route, const Headers& headers) {
    const std::string place = route.place(), request = render(route, headers, options.user_agent);
    auto connection = pool.take(place);
    for (;;) {
        const bool was_kept = connection != nullptr;
        if (!was_kept) {
            auto opened = dialer.open(route);
            if (auto* refused = std::get_if<Failure>(&opened)) return std::move(*refused);
            connection = std::get<std::unique_ptr<Connection>>(std::move(opened));
        }
        Received received = exchange(*connection, route, request);
        if (received.can_go_on) pool.keep(place, std::move(connection));
        if (!(was_kept && received.is_stale)) return std::move(received.result);
        connection = nullptr;  // the server closed it before it read this request: once more on a new one
    }
}

HttpClient::HttpClient(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {
    if (!state_->options.ca_file.empty()) state_->dialer.tls_context();  // a bad file is refused here, not at a call
}
HttpClient::~HttpClient() = default;

Result HttpClient::get(const Url& url, const Headers& headers) {
    expect_one_line(url, headers);
    Result result = state_->get({url, state_->options.proxies.leading_to(url)}, headers);
    if (state_->is_cancelled && std::holds_alternative<Failure>(result))
        return Failure{Step::cancelled, false, "the call to " + url.host_and_port() + " was cancelled"};
    return result;
}

void HttpClient::cancel() {
    state_->is_cancelled = true;
    state_->pool.abort_all();
}

}  // namespace gridring::net
