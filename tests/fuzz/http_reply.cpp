// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "fuzz/loopback.hpp"
#include "net/reply_reader.hpp"

namespace {

using namespace gridring;

constexpr net::ReplyLimits limits{2048, 8192};

void check(const net::Result& result) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) {
        if (failure->message.empty()) std::abort();
        return;
    }
    const auto& reply = std::get<net::Reply>(result);
    if (reply.status < 200 || reply.status > 999 || reply.body.size() > limits.body_bytes || reply.bytes_on_wire <= 0)
        std::abort();
}

}  // namespace

/// What a hostile server sends, up to its end: a reply within the limits, or a failure that says why. The last byte of
/// the input picks the reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    const int kind = input.ConsumeIntegralInRange(0, 2);
    const std::string bytes = input.ConsumeRemainingBytesAsString();
    static const fuzz::Listener listener;
    const boost::asio::ip::tcp::endpoint here(boost::asio::ip::address_v4::loopback(), listener.port());
    net::Connection connection;
    connection.expires_after(std::chrono::seconds{10});
    if (connection.connect({here})) std::abort();
    const fuzz::Peer server(listener.accept());
    server.say(bytes);
    if (kind == 0) {
        check(net::read_connect_reply(connection, limits));
        return 0;
    }
    const auto received = net::read_reply(connection, limits, kind == 1);
    check(received.result);
    if (received.is_stale && !bytes.empty()) std::abort();
    return 0;
}
