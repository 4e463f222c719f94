// SPDX-License-Identifier: MIT
#include "resolve.hpp"

#include <boost/asio/io_context.hpp>
#include <future>
#include <memory>
#include <thread>

namespace gridring::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Addresses look_up(const std::string& host, const std::string& port) {
    asio::io_context io;
    boost::system::error_code error;
    const auto found = tcp::resolver(io).resolve(host, port, tcp::resolver::numeric_service, error);
    Addresses addresses{{}, error ? error.message() : std::string()};
    for (const auto& entry : found) addresses.endpoints.push_back(entry.endpoint());
    return addresses;
}

}  // namespace

Addresses resolve(const std::string& host, std::uint16_t port, std::chrono::milliseconds time,
                  const std::atomic<bool>& is_cancelled) {
    using namespace std::chrono_literals;
    boost::system::error_code not_an_address;
    const auto literal = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) return {{tcp::endpoint(literal, port)}, {}};

    std::promise<Addresses> promise;
    auto answer = promise.get_future();
    std::thread([host, port, promise = std::move(promise)]() mutable {
        promise.set_value(look_up(host, std::to_string(port)));
    }).detach();
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (answer.wait_for(20ms) != std::future_status::ready)
        if (is_cancelled || std::chrono::steady_clock::now() > deadline) return {{}, "no answer in time"};
    return answer.get();
}

}  // namespace gridring::net
