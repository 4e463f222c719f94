// SPDX-License-Identifier: MIT
#include "observe/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "gridring/core/error.hpp"
#include "gridring/core/fingerprint.hpp"
#include "gridring/net/secret.hpp"
#include "gridring/net/url.hpp"

namespace gridring::observe {
namespace {

using net::Request, net::Response;

/// Cookies know no ports: dashboards of one host, each with a token of its own, must not throw each other out.
std::string cookie_of(std::string_view token) { return fmt::format("gridring_{}=", fingerprint({token})); }

Response refuse(int status, std::string text) { return {status, std::move(text) + "\n", "text/plain", {}, {}, {}, {}}; }

std::string header(const Request& request, std::string_view name) {
    return std::string(net::find_header(request.headers, name).value_or(""));
}

/// "localhost:8080" and the like: the machine that the browser runs on, or the near end of a tunnel.
bool is_loopback_name(std::string_view host) {
    const std::string_view name = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.rfind(':'));
    return name == "localhost" || name == "[::1]" || net::is_loopback_address(name);
}

/// A page of another origin may not open a WebSocket; a program that is no browser names none.
bool is_own_origin(const Request& request) {
    const std::string origin = header(request, "Origin"), host = header(request, "Host");
    return origin.empty() || origin == "http://" + host || origin == "https://" + host;
}

std::string token_in(std::string_view target) {
    for (const auto& [name, value] : net::query_of(target))
        if (name == "token") return value;
    return {};
}

void harden(Response& response) {
    for (const auto& [name, value] : std::initializer_list<net::Header>{
             {"Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"},
             {"X-Content-Type-Options", "nosniff"},
             {"Referrer-Policy", "no-referrer"},
             {"Cross-Origin-Resource-Policy", "same-origin"},
             {"Cross-Origin-Opener-Policy", "same-origin"},
             {"Cache-Control", "no-store"}})
        response.headers.push_back({name, value});
}

}  // namespace

Gate::Gate(Options options) : options_(std::move(options)) {
    if (options_.token.empty() && !net::is_loopback_address(options_.address))
        throw ConfigError(
            fmt::format("dashboard: {} can be reached from other machines, so a token is needed; expected "
                        "one, found none",
                        options_.address));
}

Response Gate::guard(const Request& request, const std::function<Response()>& answer) const {
    Response response = admit(request, answer);
    harden(response);
    return response;
}

Response Gate::admit(const Request& request, const std::function<Response()>& answer) const {
    if (request.method != "GET" && request.method != "HEAD") return refuse(405, "GET alone");
    if (!is_own_origin(request)) return refuse(403, "not for pages of other origins");
    if (options_.token.empty()) {
        if (!is_loopback_name(header(request, "Host")))
            return refuse(403, "without a token, only by a name of this machine: localhost or 127.0.0.1");
        return answer();
    }
    if (!token_in(request.target).empty()) return take_token(request);
    if (!has_cookie(request)) return refuse(401, "open the address, with its token, that gridring dashboard printed");
    return answer();
}

/// The token moves from the address, which browsers remember and show, into a cookie.
Response Gate::take_token(const Request& request) const {
    if (!net::is_same_secret(token_in(request.target), options_.token)) return refuse(401, "another token is needed");
    net::Parameters others = net::query_of(request.target);
    std::erase_if(others, [](const auto& parameter) { return parameter.first == "token"; });
    Response response = refuse(303, "");
    response.headers.push_back({"Location", others.empty() ? "/" : "/?" + net::to_query(others)});
    response.headers.push_back(
        {"Set-Cookie", fmt::format("{}{}; Path=/; HttpOnly; SameSite=Lax{}", cookie_of(options_.token),
                                   net::percent_encode(options_.token), options_.is_tls ? "; Secure" : "")});
    return response;
}

bool Gate::has_cookie(const Request& request) const {
    const std::string cookies = header(request, "Cookie"), wanted = net::percent_encode(options_.token),
                      name = cookie_of(options_.token);
    for (std::size_t at = 0; at < cookies.size();) {
        const std::size_t end = std::min(cookies.find(';', at), cookies.size());
        const std::size_t begin = std::min(cookies.find_first_not_of(' ', at), end);
        const std::string_view cookie = std::string_view(cookies).substr(begin, end - begin);
        if (cookie.starts_with(name) && net::is_same_secret(cookie.substr(name.size()), wanted)) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace gridring::observe
