// SPDX-License-Identifier: MIT
#include "gridring/net/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Error = boost::system::error_code;

Request to_request(http::request<http::string_body> message) {
    Request request{std::string(message.method_string()), std::string(message.target()), {}, std::move(message.body())};
    for (const auto& field : message)
        request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    return request;
}

/// One connection: read a request, answer it, read the next. Keeps itself alive through the handlers that it waits for.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, const ServerOptions& options, const HttpServer::Handler& handler)
        : stream_(std::move(socket)), timer_(stream_.get_executor()), options_(options), handler_(handler) {}

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
        parser_->body_limit(options_.max_body_bytes);
        stream_.expires_after(options_.idle);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](const Error& error, std::size_t) { self->on_read(error); });
    }

private:
    void on_read(const Error& error) {
        if (error == http::error::header_limit)
            return answer({431, "the header is too long", "text/plain", {}, {}}, false);
        if (error == http::error::body_limit) return answer({413, "the body is too long", "text/plain", {}, {}}, false);
        if (error) return close();
        const bool keep_alive = parser_->keep_alive();
        is_head_ = parser_->get().method() == http::verb::head;
        answer(handle(to_request(parser_->release())), keep_alive);
    }

    Response handle(const Request& request) const {
        try {
            return handler_(request);
        } catch (const std::exception& failure) {  // one bad request must not end the server
            log::error("http server: " + request.method + " failed: " + failure.what());
            return {500, "internal error", "text/plain", {}, {}};
        }
    }

    void answer(Response response, bool keep_alive) {
        const auto delay = response.delay;
        message_.emplace(static_cast<http::status>(response.status), 11);
        message_->set(http::field::server, "gridring");
        message_->set(http::field::content_type, response.content_type);
        for (const auto& [name, value] : response.headers) message_->set(name, value);
        message_->keep_alive(keep_alive);
        message_->body() = std::move(response.body);
        message_->prepare_payload();
        if (is_head_) message_->body().clear();
        if (delay.count() <= 0) return write();
        stream_.expires_never();
        timer_.expires_after(delay);
        timer_.async_wait([self = shared_from_this()](const Error& error) {
            if (!error) self->write();
        });
    }

    void write() {
        stream_.expires_after(options_.idle);
        http::async_write(stream_, *message_, [self = shared_from_this()](const Error& error, std::size_t) {
            if (error || !self->message_->keep_alive()) return self->close();
            self->read();
        });
    }

    void close() {
        Error ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.close();
    }

    beast::tcp_stream stream_;
    asio::steady_timer timer_;
    const ServerOptions& options_;
    const HttpServer::Handler& handler_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::optional<http::response<http::string_body>> message_;
    bool is_head_ = false;
};

}  // namespace

struct HttpServer::State {
    State(ServerOptions given, Handler function) : options(given), handler(std::move(function)) {
        io.emplace(options.threads);
        acceptor.emplace(*io);
    }

    void listen() {
        const tcp::endpoint here(asio::ip::address_v4::loopback(), options.port);
        acceptor->open(here.protocol());
        acceptor->set_option(asio::socket_base::reuse_address(true));
        Error error;
        acceptor->bind(here, error);
        if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
        if (error)
            throw HttpError(0, "cannot listen on 127.0.0.1:" + std::to_string(options.port) + ": " + error.message() +
                                   "; choose another port, or 0 for any free one");
        port = acceptor->local_endpoint().port();
    }

    void accept() {
        acceptor->async_accept(asio::make_strand(*io), [this](const Error& error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            Error ignored;
            if (!error) {
                socket.set_option(tcp::no_delay(true), ignored);
                std::make_shared<Session>(std::move(socket), options, handler)->read();
            }
            accept();
        });
    }

    const ServerOptions options;
    const Handler handler;
    std::optional<asio::io_context> io;
    std::optional<tcp::acceptor> acceptor;
    std::uint16_t port = 0;
    std::mutex stopping;
    std::vector<std::thread> threads;
};

HttpServer::HttpServer(ServerOptions options, Handler handler)
    : state_(std::make_unique<State>(options, std::move(handler))) {
    state_->listen();
    state_->accept();
    for (int i = 0; i < options.threads; ++i)
        state_->threads.emplace_back([state = state_.get()] { state->io->run(); });
}

HttpServer::~HttpServer() { stop(); }

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::stop() {
    const std::lock_guard lock(state_->stopping);
    if (!state_->io) return;
    state_->io->stop();
    for (auto& thread : state_->threads) thread.join();
    state_->acceptor.reset();
    state_->io.reset();  // destroys the sessions, which closes their connections
}

}  // namespace gridring::net
