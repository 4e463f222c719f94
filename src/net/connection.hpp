// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridring::net {

/// One TCP or TLS connection used by one thread at a time: every operation blocks, but no longer than the deadline in
/// force. (Asio bounds only asynchronous operations, so each runs on an io_context of the connection's own until it is
/// done.)
class Connection {
public:
    using Endpoint = boost::asio::ip::tcp::endpoint;
    using Error = boost::system::error_code;  ///< beast::error::timeout once the deadline has passed

    Connection() : stream_(io_) {}

    void expires_after(std::chrono::milliseconds time) { stream_.expires_after(time); }
    Error connect(const std::vector<Endpoint>& candidates);
    /// Verifies the certificate for `host`; on failure `reason` says why it was not trusted, where that was the matter.
    Error handshake(boost::asio::ssl::context& context, const std::string& host, std::string& reason);
    Error send(std::string_view bytes);
    /// At least one byte into [data, data + size), unless there is an error.
    Error read_some(char* data, std::size_t size, std::size_t& count);

    /// From any thread: what is in progress, or comes next, ends with an error.
    void abort();

private:
    template <class Start>
    Error complete(Start start);

    boost::asio::io_context io_{1};
    boost::beast::tcp_stream stream_;
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace gridring::net
