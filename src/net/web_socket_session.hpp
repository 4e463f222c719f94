// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "gridring/net/web_socket.hpp"

namespace gridring::net {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WebSocketOpened = std::function<void(std::shared_ptr<WebSocket>)>;

bool asks_for_web_socket(const UpgradeRequest& request);

/// Answers the request, calls `opened` once the page has its WebSocket, and keeps it until either side closes it or the
/// page is silent, pings included, for `idle`. Returns at once; the work is done by whoever runs the stream's executor,
/// a strand.
void open_web_socket(boost::beast::tcp_stream stream, const UpgradeRequest& request, std::chrono::milliseconds idle,
                     const WebSocketOpened& opened);
void open_web_socket(boost::asio::ssl::stream<boost::beast::tcp_stream> stream, const UpgradeRequest& request,
                     std::chrono::milliseconds idle, const WebSocketOpened& opened);

}  // namespace gridring::net
