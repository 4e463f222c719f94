// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "gridring/net/http_client.hpp"

/// What all APIs have in common: a call, and what came of it.
namespace gridring::source {

struct Call {
    net::Url url;
    net::Headers headers;
};

/// A reply that brings no data, or no reply.
struct Trouble {
    enum class Kind {
        passing,      ///< may heal: no connection, 429, 5xx
        throttled,    ///< the key is suspended, or the server wants fewer calls: all calls are to wait
        garbled,      ///< not the form expected: may heal if a proxy cut it, else the API has changed
        key_missing,  ///< the API saw no key
        key_refused,
        refused,  ///< the same request will always be refused
    };
    Kind kind;
    int status;  ///< HTTP; 0 where no reply came
    std::string message;
    std::optional<std::chrono::seconds> retry_after;

    bool may_heal() const { return kind == Kind::passing || kind == Kind::throttled || kind == Kind::garbled; }
};

template <class Data>
using Reading = std::variant<Data, Trouble>;

}  // namespace gridring::source
