// SPDX-License-Identifier: MIT
#include "gridring/net/http_client.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <set>

#include "connection.hpp"
#include "gridring/core/error.hpp"
#include "reply_reader.hpp"
#include "resolve.hpp"
#include "tls.hpp"

namespace gridring::net {
namespace {

using Step = Failure::Step;
using Error = Connection::Error;

std::string render(const Url& url, const Headers& headers, const std::string& user_agent) {
    const bool is_default_port = url.port == (url.is_tls() ? 443 : 80);
    const std::string host = url.host_and_port();
    std::string text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept-Encoding: gzip\r\n",
                                   url.target, is_default_port ? host.substr(0, host.rfind(':')) : host, user_agent);
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

    ClientOptions options;
    std::mutex mutex;
    std::optional<boost::asio::ssl::context>
        tls;  // made at the first https call: reading the system's list takes a while
    std::multimap<std::string, std::unique_ptr<Connection>> idle;
    std::set<Connection*> busy;
    std::atomic<bool> is_cancelled = false;

    boost::asio::ssl::context& tls_context() {
        const std::lock_guard lock(mutex);
        if (!tls) tls.emplace(make_tls_context(options.ca_file));
        return *tls;
    }
    std::unique_ptr<Connection> take_idle(const std::string& origin) {
        const std::lock_guard lock(mutex);
        auto node = idle.extract(origin);
        return node ? std::move(node.mapped()) : nullptr;
    }
    void keep(const std::string& origin, std::unique_ptr<Connection> connection) {
        const std::lock_guard lock(mutex);
        idle.emplace(origin, std::move(connection));
    }
    Failure failure(Step step, const Url& url, const std::string& why, bool may_heal = true) const;
    std::variant<std::unique_ptr<Connection>, Failure> open(const Url& url);
    std::optional<Failure> connect(Connection& connection, const Url& url);
    Received exchange(Connection& connection, const Url& url, const std::string& request);
};

namespace {

/// Lets cancel() reach a connection while it is in use.
class Busy {
public:
    Busy(std::mutex& mutex, std::set<Connection*>& all, Connection* one) : mutex_(mutex), all_(all), one_(one) {
        const std::lock_guard lock(mutex_);
        all_.insert(one_);
    }
    ~Busy() {
        const std::lock_guard lock(mutex_);
        all_.erase(one_);
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    std::mutex& mutex_;
    std::set<Connection*>& all_;
    Connection* one_;
};

}  // namespace

Failure HttpClient::State::failure(Step step, const Url& url, const std::string& why, bool may_heal) const {
    if (is_cancelled) return {Step::cancelled, false, "the call to " + url.host_and_port() + " was cancelled"};
    constexpr std::string_view verbs[] = {
        "find the address of", "connect to", "agree on TLS with", "send to", "receive from", ""};
    return {step, may_heal,
            fmt::format("could not {} {}: {}", verbs[static_cast<int>(step)], url.host_and_port(), why)};
}

std::optional<Failure> HttpClient::State::connect(Connection& connection, const Url& url) {
    const Addresses addresses = resolve(url.host, url.port, options.deadlines.resolve, is_cancelled);
    if (addresses.endpoints.empty()) return failure(Step::resolve, url, addresses.problem);
    if (is_cancelled) return failure(Step::cancelled, url, "");  // an address given as numbers was not looked up
    connection.expires_after(options.deadlines.connect);
    if (const Error error = connection.connect(addresses.endpoints))
        return failure(Step::connect, url, describe(error));
    if (!url.is_tls()) return std::nullopt;

    if (is_cancelled) return failure(Step::cancelled, url, "");
    std::string distrust;
    connection.expires_after(options.deadlines.handshake);
    const Error error = connection.handshake(tls_context(), url.host, distrust);
    if (!error) return std::nullopt;
    if (distrust.empty()) return failure(Step::handshake, url, describe(error));
    return failure(Step::handshake, url, "its certificate is not trusted: " + distrust, false);
}

std::variant<std::unique_ptr<Connection>, Failure> HttpClient::State::open(const Url& url) {
    auto connection = std::make_unique<Connection>();
    const Busy busy_now(mutex, busy, connection.get());
    if (auto refused = connect(*connection, url)) return std::move(*refused);
    return connection;
}

Received HttpClient::State::exchange(Connection& connection, const Url& url, const std::string& request) {
    const Busy busy_now(mutex, busy, &connection);
    if (is_cancelled) return {failure(Step::cancelled, url, ""), false, false};
    connection.expires_after(options.deadlines.send);
    if (const Error error = connection.send(request))
        return {failure(Step::send, url, describe(error)), false, is_closed_by_peer(error)};
    connection.expires_after(options.deadlines.receive);
    Received received = read_reply(connection, {options.max_header_bytes, options.max_body_bytes});
    if (auto* broken = std::get_if<Failure>(&received.result))
        *broken = failure(Step::receive, url, broken->message, broken->may_heal);
    return received;
}

HttpClient::HttpClient(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {
    if (!state_->options.ca_file.empty()) state_->tls_context();  // a bad file is refused here, not at the first call
}
HttpClient::~HttpClient() = default;

Result HttpClient::get(const Url& url, const Headers& headers) {
    expect_one_line(url, headers);
    const std::string origin = url.scheme + "://" + url.host_and_port();
    const std::string request = render(url, headers, state_->options.user_agent);
    auto connection = state_->take_idle(origin);
    for (;;) {
        const bool was_kept = connection != nullptr;
        if (!was_kept) {
            auto opened = state_->open(url);
            if (auto* refused = std::get_if<Failure>(&opened)) return std::move(*refused);
            connection = std::get<std::unique_ptr<Connection>>(std::move(opened));
        }
        Received received = state_->exchange(*connection, url, request);
        if (received.can_go_on) state_->keep(origin, std::move(connection));
        if (!(was_kept && received.is_stale)) return std::move(received.result);
        connection =
            nullptr;  // the server closed a kept connection before it read this request: once more on a new one
    }
}

void HttpClient::cancel() {
    state_->is_cancelled = true;
    const std::lock_guard lock(state_->mutex);
    for (Connection* connection : state_->busy) connection->abort();
}

}  // namespace gridring::net
