// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "gridring/net/http_server.hpp"

namespace gridring::net {

/// Answers the requests of one accepted connection until either side closes it, over TLS when `identity` is given.
/// Returns at once; the work is done by whoever runs the socket's executor. All references outlive that.
void serve(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* identity, const ServerOptions& options,
           const HttpServer::Handler& handler);

}  // namespace gridring::net
