// SPDX-License-Identifier: MIT
#include "gridring/core/fingerprint.hpp"

#include <fmt/format.h>

namespace gridring {

std::string Fingerprint::hex() const { return fmt::format("{:016x}", value_); }

std::string fingerprint(std::initializer_list<std::string_view> parts) {
    Fingerprint all;
    for (const std::string_view part : parts) all.add(part);
    return all.hex();
}

}  // namespace gridring
