// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "gridring/net/gzip.hpp"
#include "gridring/source/emulator.hpp"

/// Asks an emulator without a wire, where headers and mischief can be seen.
namespace test {

using namespace gridring;
using nlohmann::json;

inline net::Response get(const source::Emulator& emulator, const std::string& target,
                         net::Headers headers = {{"X-Api-Key", "some-key"}}) {
    return emulator.answer({"GET", target, std::move(headers), {}});
}

inline net::Response get_packed(const source::Emulator& emulator, const std::string& target) {
    return get(emulator, target, {{"X-Api-Key", "some-key"}, {"Accept-Encoding", "gzip"}});
}

/// Of a reply that is not packed; discarded where it is no JSON.
inline json body_of(const net::Response& response) { return json::parse(response.body, nullptr, false); }

/// "response" of /v2/electricity/rto/<rest>.
inline json rto(const source::Emulator& emulator, const std::string& rest) {
    return body_of(get(emulator, "/v2/electricity/rto/" + rest))["response"];
}

inline source::EmulatorOptions span(const char* first, const char* last) {
    source::EmulatorOptions options;
    options.first = *parse_hour(first);
    options.last = *parse_hour(last);
    return options;
}

}  // namespace test
