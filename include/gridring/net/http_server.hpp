// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gridring/net/message.hpp"

namespace gridring::net {

struct Request {
    std::string method, target;  ///< "GET", "/path?query" as sent
    Headers headers;
    std::string body;
};

struct Response {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    Headers headers;                     ///< further ones
    std::chrono::milliseconds delay{0};  ///< the reply is held back so long; other connections go on
};

struct ServerOptions {
    std::uint16_t port = 0;  ///< 0 = any free one
    int threads = 2;
    std::size_t max_header_bytes = 16 << 10;
    std::size_t max_body_bytes = 1 << 20;
    std::chrono::milliseconds idle{60'000};  ///< a connection that sends no whole request for so long is closed
};

/// A small HTTP/1.1 server on 127.0.0.1, for emulators and dashboards: keep-alive, bounded requests, no TLS.
class HttpServer {
public:
    /// Called by several threads at a time. What it throws becomes a bare 500.
    using Handler = std::function<Response(const Request&)>;

    /// Listens when it returns. Throws HttpError when the port is taken.
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
