// SPDX-License-Identifier: MIT
#include "server_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>

#include "gridring/core/log.hpp"
#include "web_socket_session.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Error = boost::system::error_code;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr auto trickle_pause = 100ms;
constexpr auto farewell = 1s;  // for a client's answer to the end of TLS

/// asio::async_write asks its completion condition how much to hand to the socket next; its own says 64 KiB at most.
struct AllAtOnce {
    std::size_t operator()(const Error& error, std::size_t) const { return error ? 0 : std::size_t{1} << 30; }
};

Request to_request(http::request<http::string_body> message) {
    Request request{std::string(message.method_string()), std::string(message.target()), {}, std::move(message.body())};
    for (const auto& field : message)
        request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    return request;
}

std::string render_head(const Response& response, std::size_t body_bytes, bool keep_alive) {
    const auto status = static_cast<http::status>(response.status);
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: gridring\r\n", response.status,
                                   std::string_view(http::obsolete_reason(status)));
    const bool may_have_body = status != http::status::no_content && status != http::status::not_modified;
    if (may_have_body || body_bytes > 0) head += fmt::format("Content-Length: {}\r\n", body_bytes);
    if (!find_header(response.headers, "Content-Type")) head += "Content-Type: " + response.content_type + "\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    return head + (keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

/// One connection: read a request, answer it, read the next. Keeps itself alive through the handlers that it waits for.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    Session(Stream stream, const ServerOptions& options, const HttpServer::Handler& handler)
        : stream_(std::move(stream)), timer_(stream_.get_executor()), options_(options), handler_(handler) {}

    void start() {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            socket().expires_after(options_.idle);
            stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](const Error& error) {
                if (!error) self->read();
            });
        } else {
            read();
        }
    }

private:
    auto self() { return this->shared_from_this(); }
    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
        parser_->body_limit(options_.max_body_bytes);
        socket().expires_after(options_.idle);
        http::async_read(stream_, buffer_, *parser_,
                         [self = self()](const Error& error, std::size_t) { self->on_read(error); });
    }

    void on_read(const Error& error) {
        keeps_alive_ = false;
        if (error == http::error::header_limit)
            return answer({431, "the header is too long", "text/plain", {}, {}, {}});
        if (error == http::error::body_limit) return answer({413, "the body is too long", "text/plain", {}, {}, {}});
        if (error) return close();
        keeps_alive_ = parser_->keep_alive();
        is_head_ = parser_->get().method() == http::verb::head;
        const bool is_upgrade = asks_for_web_socket(parser_->get());
        const auto& asked = parser_->get();
        Response response = handle(to_request(is_upgrade ? asked : parser_->release()));
        if (is_upgrade && response.on_web_socket)
            return open_web_socket(std::move(stream_), asked, options_.idle, response.on_web_socket);
        answer(std::move(response));
    }

    Response handle(const Request& request) const {
        try {
            return handler_(request);
        } catch (const std::exception& failure) {  // one bad request must not end the server
            log::error("http server: " + request.method + " failed: " + failure.what());
            return {500, "internal error", "text/plain", {}, {}, {}};
        }
    }

    void answer(Response response) {
        mischief_ = response.mischief;
        const auto announced = static_cast<std::ptrdiff_t>(response.body.size()) + mischief_.length_error;
        head_ = render_head(response, static_cast<std::size_t>(std::max<std::ptrdiff_t>(announced, 0)), keeps_alive_);
        body_ = std::move(response.body);
        left_ = is_head_ ? std::string_view() : std::string_view(body_);
        left_ = left_.substr(0, mischief_.reset_after.value_or(left_.size()));
        if (response.delay.count() <= 0) return write(head_);
        wait(response.delay, [self = self()] { self->write(self->head_); });
    }

    template <class Then>
    void wait(std::chrono::milliseconds time, Then then) {
        socket().expires_never();
        timer_.expires_after(time);
        timer_.async_wait([then](const Error& error) {
            if (!error) then();
        });
    }

    /// `first`, and behind it as much of the body as may go at once.
    void write(std::string_view first) {
        const std::string_view piece =
            left_.substr(0, mischief_.trickle_bytes > 0 ? mischief_.trickle_bytes : left_.size());
        left_.remove_prefix(piece.size());
        const std::array buffers{asio::buffer(first), asio::buffer(piece)};
        socket().expires_after(options_.idle);
        asio::async_write(stream_, buffers, AllAtOnce{},
                          [self = self()](const Error& error, std::size_t) { self->on_written(error); });
    }

    void on_written(const Error& error) {
        if (error) return abandon();
        if (!left_.empty()) return wait(trickle_pause, [self = self()] { self->write({}); });
        if (mischief_.reset_after) return reset();
        if (mischief_.closes_silently) return abandon();
        if (!keeps_alive_ || mischief_.length_error != 0) return close();
        read();
    }

    /// The client finds its connection reset: what it has not read yet may be lost with it.
    void reset() {
        Error ignored;
        socket().socket().set_option(asio::socket_base::linger(true, 0), ignored);
        socket().close();
    }

    void close() {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            socket().expires_after(farewell);
            stream_.async_shutdown([self = self()](const Error&) { self->abandon(); });
        } else {
            abandon();
        }
    }

    void abandon() {
        Error ignored;
        socket().socket().shutdown(tcp::socket::shutdown_both, ignored);
        socket().close();
    }

    Stream stream_;
    asio::steady_timer timer_;
    const ServerOptions& options_;
    const HttpServer::Handler& handler_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::string head_, body_;  // of the reply that is being sent
    std::string_view left_;    // what has still to go of the body
    Mischief mischief_;
    bool keeps_alive_ = false, is_head_ = false;
};

}  // namespace

void serve(tcp::socket socket, asio::ssl::context* identity, const ServerOptions& options,
           const HttpServer::Handler& handler) {
    beast::tcp_stream stream(std::move(socket));
    if (identity)
        std::make_shared<Session<TlsStream>>(TlsStream(std::move(stream), *identity), options, handler)->start();
    else
        std::make_shared<Session<beast::tcp_stream>>(std::move(stream), options, handler)->start();
}

}  // namespace gridring::net
