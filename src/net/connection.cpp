// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "tls.hpp"

namespace gridring::net {

namespace asio = boost::asio;

/// Starts one asynchronous operation and runs it to its end on this thread.
template <class Start>
Connection::Error Connection::complete(Start start) {
    Error outcome = asio::error::operation_aborted;
    start([&outcome](const Error& error, const auto&...) { outcome = error; });
    io_.restart();
    io_.run();
    return outcome;
}

Connection::Error Connection::connect(const std::vector<Endpoint>& candidates) {
    const Error error = complete([&](auto done) { stream_.async_connect(candidates, done); });
    Error ignored;
    if (!error) stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    return error;
}

Connection::Error Connection::handshake(asio::ssl::context& context, const std::string& host, std::string& reason) {
    tls_.emplace(stream_, context);
    expect_host(tls_->native_handle(), host);
    const Error error = complete([&](auto done) { tls_->async_handshake(asio::ssl::stream_base::client, done); });
    if (error) reason = distrust_reason(tls_->native_handle());
    return error;
}

Connection::Error Connection::send(std::string_view bytes) {
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    return complete([&](auto done) {
        if (tls_)
            asio::async_write(*tls_, buffer, done);
        else
            asio::async_write(stream_, buffer, done);
    });
}

Connection::Error Connection::read_some(char* data, std::size_t size, std::size_t& count) {
    count = 0;
    const auto buffer = asio::buffer(data, size);
    return complete([&](auto done) {
        const auto note_count = [&count, done](const Error& error, std::size_t read) {
            count = read;
            done(error);
        };
        if (tls_)
            tls_->async_read_some(buffer, note_count);
        else
            stream_.async_read_some(buffer, note_count);
    });
}

void Connection::abort() {
    asio::post(io_, [this] { stream_.close(); });
}

}  // namespace gridring::net
