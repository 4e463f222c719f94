// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "wire.hpp"

namespace gridring::net {

/// One TCP or TLS connection used by one thread at a time: every operation blocks, but no longer than the deadline in
/// force. Reads and writes go straight to the socket, which never blocks; only waiting is asio's.
class Connection {
public:
    using Endpoint = boost::asio::ip::tcp::endpoint;
    using Error = boost::system::error_code;  ///< asio::error::timed_out once the deadline has passed

    Connection() = default;
    ~Connection();                           // says goodbye where TLS asks for it, without waiting
    Connection(const Connection&) = delete;  // the sessions refer to the wire
    Connection& operator=(const Connection&) = delete;

    void expires_after(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }
    Error connect(const std::vector<Endpoint>& candidates);
    /// Verifies the certificate for `host`; on failure `reason` says why it was not trusted, where that was the matter.
    /// A second one runs inside the first: with an origin, behind a proxy that speaks TLS itself.
    Error handshake(SSL_CTX* context, const std::string& host, std::string& reason);
    Error send(std::string_view bytes);
    /// At least one byte into [data, data + size), unless there is an error.
    Error read_some(char* data, std::size_t size, std::size_t& count);
    /// What is here already, without waiting: asio::error::would_block when that is nothing.
    Error read_pending(char* data, std::size_t size, std::size_t& count);

    /// From any thread: what is in progress, or comes next, ends with an error.
    void abort();

private:
    using Clock = std::chrono::steady_clock;

    template <class Start>
    Error complete(Start start);
    template <class Attempt>
    Error insist(Attempt attempt);
    template <class Call>
    Error try_tls(Call call, std::size_t& count);
    Error write_pending(std::string_view bytes, std::size_t& count);

    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::socket socket_{io_};
    Wire wire_{socket_, {}};
    std::vector<TlsSession> tls_;  ///< each inside the one before it; the last carries the data
    Clock::time_point deadline_{};
    bool wants_write_ = false;
    Error broken_;  ///< met behind bytes that were read before it; OpenSSL tells it only once
};

}  // namespace gridring::net
