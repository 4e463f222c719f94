// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "gridring/net/http_server.hpp"

namespace gridring::observe {

/// Who may look at a dashboard. With a token: who brings it, once as ?token=…, then as a cookie. Without: who comes by
/// a name of this machine's loopback, so that no page of elsewhere gets in by a name of its own (DNS rebinding); and no
/// WebSocket is opened for the pages of others.
class Gate {
public:
    struct Options {
        std::string token;
        std::string address;  ///< that the server listens on
        bool is_tls = false;
    };
    /// ConfigError where the address is not loopback and there is no token.
    explicit Gate(Options options);

    /// What `answer` says, with the headers that keep browsers careful; or a refusal.
    net::Response guard(const net::Request& request, const std::function<net::Response()>& answer) const;

private:
    net::Response admit(const net::Request& request, const std::function<net::Response()>& answer) const;
    net::Response take_token(const net::Request& request) const;
    bool has_cookie(const net::Request& request) const;

    Options options_;
};

}  // namespace gridring::observe
