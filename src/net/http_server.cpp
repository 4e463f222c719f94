// SPDX-License-Identifier: MIT
#include "gridring/net/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "gridring/core/error.hpp"
#include "server_session.hpp"
#include "tls.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

}  // namespace

struct HttpServer::State {
    State(ServerOptions given, Handler function) : options(std::move(given)), handler(std::move(function)) {
        if (options.identity) identity.emplace(make_tls_identity(*options.identity));
        io.emplace(options.threads);
        acceptor.emplace(*io);
    }

    void listen() {
        Error error;
        const auto address = asio::ip::make_address(options.address, error);
        const tcp::endpoint here(address, options.port);
        if (!error) acceptor->open(here.protocol(), error);
        if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor->bind(here, error);
        if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
        if (error)
            throw HttpError(0, "cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " +
                                   error.message() + "; choose another port, or 0 for any free one");
        port = acceptor->local_endpoint().port();
    }

    void accept() {
        acceptor->async_accept(asio::make_strand(*io), [this](const Error& error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            Error ignored;
            if (!error) {
                socket.set_option(tcp::no_delay(true), ignored);
                serve(std::move(socket), identity ? &*identity : nullptr, options, handler);
            }
            accept();
        });
    }

    const ServerOptions options;
    const Handler handler;
    std::optional<asio::ssl::context> identity;
    std::optional<asio::io_context> io;
    std::optional<tcp::acceptor> acceptor;
    std::uint16_t port = 0;
    std::mutex stopping;
    std::vector<std::thread> threads;
};

HttpServer::HttpServer(ServerOptions options, Handler handler)
    : state_(std::make_unique<State>(std::move(options), std::move(handler))) {
    state_->listen();
    state_->accept();
    for (int i = 0; i < state_->options.threads; ++i)
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
