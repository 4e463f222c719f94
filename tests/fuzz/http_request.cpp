// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fuzz/loopback.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/net/url.hpp"

namespace {

using namespace gridring;

constexpr std::size_t most_header = 2048, most_body = 4096;

/// As a route does: what it says of the request is what it understood.
net::Response handle(const net::Request& request) {
    if (request.method.empty() || request.target.empty() || request.body.size() > most_body) std::abort();
    std::string text(net::path_of(request.target));
    for (const auto& [name, value] : net::query_of(request.target)) text += name + "=" + value + "\n";
    if (net::find_header(request.headers, "X-Api-Key")) text += "key";
    return {200, text, "text/plain", {}, {}, {}};
}

net::ServerOptions options() {
    net::ServerOptions some;
    some.threads = 1;
    some.max_header_bytes = most_header;
    some.max_body_bytes = most_body;
    return some;
}

}  // namespace

/// What a hostile client sends, up to its end: requests are answered, or the connection is closed, and the server
/// lives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const net::HttpServer server(options(), handle);
    const fuzz::Peer client(fuzz::Peer::connect_to(server.port()));
    client.say({reinterpret_cast<const char*>(data), size});
    const std::string heard = client.hear();
    if (!heard.empty() && !heard.starts_with("HTTP/1.1 ")) std::abort();
    return 0;
}
