// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/net/url.hpp"

namespace gridring::net {

/// A forward proxy, spoken to over TCP or, as https, over TLS.
struct Proxy {
    std::string scheme, host;  ///< "http" or "https"
    std::uint16_t port = 0;
    std::string credentials;  ///< "user:password" for Basic authentication; never in a message
    std::string named_by;     ///< the variable that names it, for messages

    bool is_tls() const { return scheme == "https"; }
    std::string host_and_port() const;
};

/// Which proxy leads to which address.
struct Proxies {
    std::optional<Proxy> http, https;  ///< for http:// and https:// addresses
    std::vector<std::string> bypass;   ///< reached directly: what no_proxy lists

    /// From the usual variables, lower case before upper case:
    ///   http_proxy                the proxy for http:// addresses. HTTP_PROXY is not read: in a CGI program it is the
    ///                             header "Proxy:" of whoever sent the request
    ///   https_proxy, HTTPS_PROXY  the one for https:// addresses
    ///   all_proxy, ALL_PROXY      for either of them that is not set
    ///   no_proxy, NO_PROXY        hosts with their subdomains ("example.com", ".example.com"), addresses, networks
    ///                             ("10.0.0.0/8"), each with ":port" if wanted, by commas or blanks; "*" is every host
    /// A proxy is [http://|https://][user:password@]host[:port]; 80 and 443 are the ports of old. An empty variable is
    /// one that is not set, but hides the ones read after it. The own machine is no exception unless no_proxy says so.
    /// Throws ConfigError, which names the variable and no password, when a proxy is no such address.
    static Proxies from_environment();
    /// The same, with variables of one's own; nullptr where one is not set.
    static Proxies from(const std::function<const char*(const char* name)>& variable);

    /// nullptr where `url` is reached directly.
    const Proxy* leading_to(const Url& url) const;
};

}  // namespace gridring::net
