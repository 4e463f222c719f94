// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "connection.hpp"
#include "gridring/net/http_client.hpp"

namespace gridring::net {

struct ReplyLimits {
    std::size_t header_bytes, body_bytes;
};

struct Received {
    Result result;           ///< a Failure's message says only what went wrong, not yet with whom
    bool can_go_on = false;  ///< the connection may carry another request
    bool is_stale = false;   ///< the peer closed it without one byte of a reply
};

/// Reads one reply within the deadline of the connection. Of a gzip body `packed` is kept when `keeps_packed`.
Received read_reply(Connection& connection, const ReplyLimits& limits, bool keeps_packed);

/// What a proxy says to CONNECT: a reply that ends with its header, or, unless its status is 2xx, that is read no
/// further. A failure as in read_reply().
Result read_connect_reply(Connection& connection, const ReplyLimits& limits);

/// "it closed the connection", "Connection refused" and the like.
std::string describe(const Connection::Error& error);

/// The peer ended the connection, in good order or not.
bool is_closed_by_peer(const Connection::Error& error);

}  // namespace gridring::net
