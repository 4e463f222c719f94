// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gridring/net/message.hpp"
#include "gridring/net/web_socket.hpp"

namespace gridring::net {

struct Request {
    std::string method, target;  ///< "GET", "/path?query" as sent
    Headers headers;
    std::string body;
};

/// Ways in which a server ruins a good reply, to try clients with.
struct Mischief {
    std::optional<std::size_t> reset_after;  ///< so many bytes of the body are sent, then the connection is reset
    std::ptrdiff_t length_error = 0;         ///< added to Content-Length; the connection is closed after the body
    std::size_t trickle_bytes = 0;           ///< the body goes out in pieces so long, 100 ms apart; 0 = at once
    bool closes_silently = false;            ///< keep-alive is promised, the connection closed behind the reply
};

struct Response {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    Headers headers;                     ///< further ones
    std::chrono::milliseconds delay{0};  ///< the reply is held back so long; other connections go on
    Mischief mischief{};
    /// Set, a request that asks for a WebSocket (`Upgrade: websocket`) gets one instead of this reply, and this is
    /// called with it.
    std::function<void(std::shared_ptr<WebSocket>)> on_web_socket{};
};

/// PEM files of a server's own certificate (chain) and its private key.
struct Identity {
    std::filesystem::path certificate, key;
};

struct ServerOptions {
    std::uint16_t port = 0;  ///< 0 = any free one
    int threads = 2;
    std::optional<Identity> identity{};  ///< TLS 1.2 or later with it, plain HTTP without
    std::size_t max_header_bytes = 16 << 10;
    std::size_t max_body_bytes = 1 << 20;
    std::chrono::milliseconds idle{60'000};  ///< a connection that sends no whole request for so long is closed
    std::string address = "127.0.0.1";       ///< that it listens on, as numbers
};

/// A small HTTP/1.1 server, on 127.0.0.1 unless told otherwise, for emulators, metrics and dashboards: keep-alive,
/// bounded requests, TLS on demand.
class HttpServer {
public:
    /// Called by several threads at a time. What it throws becomes a bare 500.
    using Handler = std::function<Response(const Request&)>;

    /// Listens when it returns. Throws HttpError when the port is taken or the address none of this machine, StoreError
    /// when the identity cannot be used.
    HttpServer(ServerOptions options, Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const;
    /// Closes every connection and joins the threads; a handler at work is waited for. Idempotent, from any thread but
    /// its own.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gridring::net
