// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace gridring::net {

struct Addresses {
    std::vector<boost::asio::ip::tcp::endpoint> endpoints;
    std::string problem;  ///< why there are none
};

/// getaddrinfo() cannot be interrupted, so it runs on a thread that is left behind when `time` is over or
/// `is_cancelled` is set.
Addresses resolve(const std::string& host, std::uint16_t port, std::chrono::milliseconds time,
                  const std::atomic<bool>& is_cancelled);

}  // namespace gridring::net
