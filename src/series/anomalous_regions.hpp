// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace gridring::series {

/// The last step of the published screen: flags good hours of stretches of two days in which 15 % and more are flagged
/// (missing ones do not count), unless they belong to more than a day of good ones, or border on a day of them.
void flag_anomalous_regions(std::span<std::uint16_t> flags);

}  // namespace gridring::series
