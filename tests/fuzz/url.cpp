// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <map>

#include "gridring/core/error.hpp"
#include "gridring/net/proxies.hpp"
#include "gridring/net/url.hpp"

namespace {

using namespace gridring;

/// Cut into parts and put together again it is the same.
std::optional<net::Url> parse(const std::string& text) {
    try {
        const net::Url url = net::parse_url(text);
        const net::Url again = net::parse_url(url.scheme + "://" + url.host_and_port() + url.target);
        if (again.host != url.host || again.port != url.port || again.target != url.target || url.host.empty() ||
            url.port == 0 || !url.target.starts_with('/'))
            std::abort();
        return url;
    } catch (const ConfigError&) {
        return std::nullopt;
    }
}

void check_query(const std::string& target) {
    const auto parameters = net::query_of(target);
    auto named = parameters;
    std::erase_if(named, [](const auto& parameter) { return parameter.first.empty() && parameter.second.empty(); });
    if (named.size() == parameters.size() && net::query_of("?" + net::to_query(parameters)) != parameters) std::abort();
    if (net::percent_decode(net::percent_encode(target)) != target) std::abort();
}

}  // namespace

/// Addresses, queries and the variables that name proxies: parts, or a ConfigError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    const std::string text = input.ConsumeRandomLengthString();
    const auto url = parse(text);
    check_query(text);
    std::map<std::string, std::string> variables;
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy", "NO_PROXY"})
        if (input.ConsumeBool()) variables[name] = input.ConsumeRandomLengthString();
    try {
        const auto proxies = net::Proxies::from([&](const char* name) -> const char* {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        });
        const net::Url some{"https", "10.0.0.7", 443, "/"};
        for (const net::Url& to : {url.value_or(some), some, net::Url{"http", "fd00::1", 80, "/"}})
            if (const auto* proxy = proxies.leading_to(to); proxy && proxy->host.empty()) std::abort();
    } catch (const ConfigError&) {
    }
    return 0;
}
