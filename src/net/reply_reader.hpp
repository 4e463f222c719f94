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

/// Reads one reply within the deadline of the connection.
Received read_reply(Connection& connection, const ReplyLimits& limits);

/// "timed out", "connection refused" and the like.
std::string describe(const Connection::Error& error);

/// The peer ended the connection, in good order or not.
bool is_closed_by_peer(const Connection::Error& error);

}  // namespace gridring::net
