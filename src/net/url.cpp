// SPDX-License-Identifier: MIT
#include "gridring/net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gridring/core/error.hpp"

namespace gridring::net {
namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Shows the part before any query: what follows may hold a key.
[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw ConfigError(
        fmt::format("'{}' is not an address: {}; expected http://host[:port]/path or https://host[:port]/path",
                    text.substr(0, text.find('?')), why));
}

std::uint16_t parse_port(std::string_view text, std::string_view whole) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535)
        refuse(whole, "the port is no number from 1 to 65535");
    return static_cast<std::uint16_t>(port);
}

}  // namespace

std::string Url::host_and_port() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Url parse_url(std::string_view text) {
    const auto colon = text.find("://");
    Url url;
    url.scheme = std::string(text.substr(0, colon));
    if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https"))
        refuse(text, "it starts with neither http:// nor https://");
    const std::string_view rest = text.substr(colon + 3);
    const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, authority_end);
    if (authority.find('@') != std::string_view::npos)
        refuse("the address", "user names in addresses are not supported");

    const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == std::string_view::npos) refuse(text, "the '[' is never closed");
    const auto port_colon = authority.find(':', bracket);
    url.port = url.is_tls() ? 443 : 80;
    if (port_colon != std::string_view::npos) {
        url.port = parse_port(authority.substr(port_colon + 1), text);
        authority = authority.substr(0, port_colon);
    }
    url.host = std::string(bracket > 0 ? authority.substr(1, bracket - 1) : authority);
    if (url.host.empty()) refuse(text, "it names no host");

    std::string_view target = rest.substr(authority_end);
    target = target.substr(0, target.find('#'));
    url.target = fmt::format("{}{}", target.starts_with('/') ? "" : "/", target);
    return url;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return encoded;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape =
            text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (is_escape) {
            decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

std::string to_query(const Parameters& parameters) {
    std::string query;
    for (const auto& [name, value] : parameters)
        query += fmt::format("{}{}={}", query.empty() ? "" : "&", percent_encode(name), percent_encode(value));
    return query;
}

Parameters query_of(std::string_view target) {
    const auto mark = target.find('?');
    Parameters parameters;
    if (mark == std::string_view::npos) return parameters;
    std::string_view rest = target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        const auto equals = std::min(pair.find('='), pair.size());
        if (!pair.empty())
            parameters.emplace_back(percent_decode(pair.substr(0, equals)),
                                    percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
        rest = rest.substr(std::min(end + 1, rest.size()));
    }
    return parameters;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_loopback_address(std::string_view address) {
    return address == "::1" ||
           (address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace gridring::net
