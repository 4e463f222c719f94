// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>

#include "gridring/source/eia.hpp"

/// The first byte picks the HTTP status, the rest is the body. Whatever a server sends is rows or trouble, never a
/// throw or worse.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr int statuses[] = {200, 400, 403, 404, 429, 500};
    gridring::net::Reply reply;
    reply.status = statuses[data[0] % 6];
    reply.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (const auto& route : gridring::source::eia_routes()) (void)gridring::source::read_page(reply, route);
    (void)gridring::source::read_facets(reply);
    (void)gridring::source::redact_key(reply.body, "0123456789abcdef");
    return 0;
}
