// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridring::net {

/// One absolute http or https address, cut into what a client needs.
struct Url {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< without the brackets of an IPv6 literal
    std::uint16_t port = 0;
    std::string target = "/";  ///< path and query, percent-encoded; may hold an API key, so never print it

    bool is_tls() const { return scheme == "https"; }
    /// "api.eia.gov:443": the only part of an address that messages may show.
    std::string host_and_port() const;
};

/// Throws ConfigError when `text` is not http://host[:port][/path] or https://….
Url parse_url(std::string_view text);

/// Everything but letters, digits and "-._~" becomes %XX (RFC 3986).
std::string percent_encode(std::string_view text);
/// Also turns '+' into a space, as in a query. A malformed escape stays as it is.
std::string percent_decode(std::string_view text);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// "a%5B%5D=1&b=2", in order.
std::string to_query(const Parameters& parameters);
/// The decoded pairs of a target's query, in order; empty where there is none.
Parameters query_of(std::string_view target);
/// The path of a target, without its query.
std::string_view path_of(std::string_view target);

/// "127.0.0.1", "::1": an address that no other machine reaches.
bool is_loopback_address(std::string_view address);

}  // namespace gridring::net
