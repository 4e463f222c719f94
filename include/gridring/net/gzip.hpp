// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gridring::net {

/// One gzip member; `level` 1 (fast) to 9 (small).
std::string gzip(std::string_view bytes, int level = 6);

/// The unpacked bytes of one or more gzip members; empty when `packed` is no gzip, is cut, fails its checksum, or would
/// unpack to more than `max_bytes`; the last of these is told in `is_too_large`.
std::optional<std::string> gunzip(std::string_view packed, std::size_t max_bytes, bool* is_too_large = nullptr);

}  // namespace gridring::net
