// SPDX-License-Identifier: MIT
#include "gridring/net/proxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdlib>
#include <initializer_list>

#include "gridring/core/error.hpp"

namespace gridring::net {
namespace {

namespace ip = boost::asio::ip;
using Variable = std::function<const char*(const char*)>;

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
    throw ConfigError(
        fmt::format("the environment variable {} names no proxy that can be used: {}; expected "
                    "[http://|https://][user:password@]host[:port], or unset it",
                    name, why));
}

Proxy parse_proxy(const std::string& name, std::string_view text) {
    const auto colon = text.find("://");
    const std::string scheme = colon == std::string_view::npos ? "http" : in_lower_case(text.substr(0, colon));
    if (scheme != "http" && scheme != "https") refuse(name, fmt::format("it speaks '{}'", scheme));
    std::string_view rest = colon == std::string_view::npos ? text : text.substr(colon + 3);
    const auto at = rest.rfind('@');  // a password may hold any character, a slash as well
    Proxy proxy;
    if (at != std::string_view::npos) {
        const std::string_view user = rest.substr(0, at);
        const auto mark = std::min(user.find(':'), user.size());
        const auto decoded = [](std::string_view part) {  // percent_decode() would also make blanks of plus signs
            std::string kept(part);
            for (auto i = kept.find('+'); i != std::string::npos; i = kept.find('+', i + 3)) kept.replace(i, 1, "%2B");
            return percent_decode(kept);
        };
        proxy.credentials = decoded(user.substr(0, mark)) + ":" + decoded(user.substr(std::min(mark + 1, user.size())));
        rest = rest.substr(at + 1);
    }
    try {
        const Url url = parse_url(scheme + "://" + std::string(rest));
        proxy.scheme = url.scheme;
        proxy.host = url.host;
        proxy.port = url.port;
    } catch (const ConfigError& error) {
        refuse(name, error.what());
    }
    proxy.named_by = name;
    return proxy;
}

/// The first of `names` that is set.
std::optional<Proxy> find_proxy(const Variable& variable, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (const char* text = variable(name)) return *text ? std::optional(parse_proxy(name, text)) : std::nullopt;
    return std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> entries;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(", \t"), text.size());
        if (end > 0) entries.push_back(in_lower_case(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return entries;
}

bool is_in_network(const ip::address& address, std::string_view network) {
    boost::system::error_code no_network;
    if (address.is_v4()) {
        const auto range = ip::make_network_v4(network, no_network);
        return !no_network && ip::network_v4(address.to_v4(), range.prefix_length()).canonical() == range.canonical();
    }
    const auto range = ip::make_network_v6(network, no_network);
    return !no_network && ip::network_v6(address.to_v6(), range.prefix_length()).canonical() == range.canonical();
}

/// `entry` without its port; empty where it has one and it is not `port`.
std::string_view host_of_entry(std::string_view entry, std::uint16_t port) {
    const bool is_bracketed = entry.starts_with('[');
    const auto colon = entry.find(':', is_bracketed ? std::min(entry.find(']'), entry.size()) : 0);
    const bool is_bare_ipv6 = !is_bracketed && std::ranges::count(entry, ':') > 1;
    if (colon != std::string_view::npos && !is_bare_ipv6) {
        if (entry.substr(colon + 1) != std::to_string(port)) return {};
        entry = entry.substr(0, colon);
    }
    if (is_bracketed && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
    return entry;
}

bool is_covered(const std::string& host, std::uint16_t port, std::string_view entry) {
    if (entry == "*") return true;
    entry = host_of_entry(entry, port);
    boost::system::error_code is_name;
    const auto address = ip::make_address(host, is_name);
    if (!is_name) {
        if (entry.find('/') != std::string_view::npos) return is_in_network(address, entry);
        boost::system::error_code no_address;
        return ip::make_address(std::string(entry), no_address) == address && !no_address;
    }
    entry.remove_prefix(std::min(entry.find_first_not_of('.'), entry.size()));
    if (entry.empty() || !host.ends_with(entry)) return false;
    return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

}  // namespace

std::string Proxy::host_and_port() const { return Url{scheme, host, port, "/"}.host_and_port(); }

Proxies Proxies::from_environment() {
    return from([](const char* name) { return std::getenv(name); });
}

Proxies Proxies::from(const Variable& variable) {
    Proxies proxies;
    proxies.http = find_proxy(variable, {"http_proxy", "all_proxy", "ALL_PROXY"});
    proxies.https = find_proxy(variable, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    for (const char* name : {"no_proxy", "NO_PROXY"})
        if (const char* text = variable(name)) {
            proxies.bypass = split_list(text);
            break;
        }
    return proxies;
}

const Proxy* Proxies::leading_to(const Url& url) const {
    const auto& proxy = url.is_tls() ? https : http;
    if (!proxy) return nullptr;
    const std::string host = in_lower_case(url.host);
    const bool is_direct =
        std::ranges::any_of(bypass, [&](const std::string& entry) { return is_covered(host, url.port, entry); });
    return is_direct ? nullptr : &*proxy;
}

}  // namespace gridring::net
