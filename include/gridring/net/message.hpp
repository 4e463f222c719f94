// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridring::net {

struct Header {
    std::string name, value;
};
using Headers = std::vector<Header>;

/// The first header called `name`, in any case of letters.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

}  // namespace gridring::net
