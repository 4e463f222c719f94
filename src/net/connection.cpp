// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <openssl/err.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "tls.hpp"

namespace gridring::net {

namespace asio = boost::asio;
using asio::ip::tcp;

Connection::~Connection() {
    for (; !tls_.empty(); tls_.pop_back()) SSL_shutdown(tls_.back().get());
    ERR_clear_error();
}

/// Starts one asynchronous operation and runs it to its end, or to the deadline, on this thread.
template <class Start>
Connection::Error Connection::complete(Start start) {
    std::optional<Error> outcome;
    start([&outcome](const Error& error, const auto&...) { outcome = error; });
    io_.restart();
    io_.run_until(deadline_);
    if (outcome) return *outcome;
    Error ignored;
    socket_.close(ignored);  // the operation ends now, and no other can follow
    io_.restart();
    io_.run();
    return asio::error::timed_out;
}

/// Tries until the socket lets it, or the deadline has passed.
template <class Attempt>
Connection::Error Connection::insist(Attempt attempt) {
    for (;;) {
        if (Clock::now() >= deadline_) return asio::error::timed_out;
        if (const Error error = attempt(); error != asio::error::would_block) return error;
        const auto readiness = wants_write_ ? tcp::socket::wait_write : tcp::socket::wait_read;
        if (const Error error = complete([&](auto done) { socket_.async_wait(readiness, done); })) return error;
    }
}

template <class Call>
Connection::Error Connection::try_tls(Call call, std::size_t& count) {
    ERR_clear_error();
    wire_.error = {};
    const int returned = call(tls_.back().get());
    if (returned > 0) {
        count = static_cast<std::size_t>(returned);
        return {};
    }
    const Verdict verdict = judge(tls_.back().get(), returned, wire_);
    wants_write_ = verdict.wants_write;
    return verdict.error;
}

Connection::Error Connection::connect(const std::vector<Endpoint>& candidates) {
    if (const Error error = complete([&](auto done) { asio::async_connect(socket_, candidates, done); })) return error;
    Error error;
    socket_.non_blocking(true, error);
    Error ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    return error;
}

Connection::Error Connection::handshake(SSL_CTX* context, const std::string& host, std::string& reason) {
    tls_.push_back(tls_.empty() ? tls_over(wire_, context) : tls_over(tls_.back().get(), context));
    SSL* session = tls_.back().get();
    expect_host(session, host);
    std::size_t ignored = 0;
    const Error error = insist([&] { return try_tls(SSL_do_handshake, ignored); });
    if (error) reason = distrust_reason(session);
    return error;
}

Connection::Error Connection::write_pending(std::string_view bytes, std::size_t& count) {
    if (!tls_.empty())
        return try_tls([&](SSL* tls) { return SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())); }, count);
    Error error;
    count = socket_.write_some(asio::buffer(bytes), error);
    wants_write_ = true;
    return error;
}

Connection::Error Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t count = 0;
        if (const Error error = insist([&] { return write_pending(bytes, count); })) return error;
        bytes.remove_prefix(count);
    }
    return {};
}

Connection::Error Connection::read_pending(char* data, std::size_t size, std::size_t& count) {
    count = 0;
    Error error;
    if (tls_.empty()) {
        count = socket_.read_some(asio::buffer(data, size), error);
        wants_write_ = false;
        return error;
    }
    if (broken_) return broken_;
    while (count < size) {  // a TLS record holds 16 KiB at most
        std::size_t more = 0;
        error = try_tls([&](SSL* tls) { return SSL_read(tls, data + count, static_cast<int>(size - count)); }, more);
        if (error) break;
        count += more;
    }
    if (error && error != asio::error::would_block) broken_ = error;
    return count > 0 ? Error() : error;
}

Connection::Error Connection::read_some(char* data, std::size_t size, std::size_t& count) {
    return insist([&] { return read_pending(data, size, count); });
}

void Connection::abort() {
    asio::post(io_, [this] {
        Error ignored;
        socket_.close(ignored);
    });
}

}  // namespace gridring::net
