// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "gridring/source/eia.hpp"

namespace gridring::source {

/// At most `limit` printable characters: a reply may hold anything.
std::string printable(std::string_view text, std::size_t limit = 200);

/// What it means that a call failed, or that a reply is no 200 with data.
Trouble trouble_of(const net::Failure& failure);
Trouble trouble_of(const net::Reply& reply);

/// A 200 whose body is not what the API documents.
Trouble garbled(const net::Reply& reply, std::string_view problem);

}  // namespace gridring::source
