// SPDX-License-Identifier: MIT
#include "gridring/net/message.hpp"

#include <algorithm>

namespace gridring::net {

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    const auto found = std::ranges::find_if(
        headers, [&](const Header& header) { return std::ranges::equal(header.name, name, {}, lower, lower); });
    return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

}  // namespace gridring::net
