// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace gridring::net {

/// Compares in a time that tells nothing of where they differ; of different lengths at once.
bool is_same_secret(std::string_view one, std::string_view other);

/// 256 random bits, as 64 hexadecimal digits.
std::string random_token();

}  // namespace gridring::net
