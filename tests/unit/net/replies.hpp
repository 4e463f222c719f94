// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include "gridring/net/http_client.hpp"

namespace gridring::test {

inline net::Reply reply_of(net::Result result) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) FAIL(failure->message);
    return std::get<net::Reply>(std::move(result));
}

inline net::Failure failure_of(net::Result result) {
    REQUIRE(std::holds_alternative<net::Failure>(result));
    return std::get<net::Failure>(std::move(result));
}

inline bool mentions(const net::Failure& failure, std::string_view text) {
    return failure.message.find(text) != std::string::npos;
}

}  // namespace gridring::test
