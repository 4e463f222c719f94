// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gridring/net/http_server.hpp"
#include "gridring/source/caiso.hpp"
#include "gridring/source/grid.hpp"

/// The server's side of OASIS, as recorded in July 2025: pure functions of a grid and a request.
namespace gridring::source {

/// What the emulated OASIS has for one interval: demand, plants and schedules follow the grid's CISO, prices its
/// demand. NaN where the grid has no value. [report's units]
double synthetic_oasis_value(const Grid& grid, const OasisReport& report, std::size_t item, std::string_view location,
                             std::chrono::sys_time<std::chrono::minutes> end);
/// Locations of a report that is not nodal.
std::vector<std::string> synthetic_oasis_locations(const OasisReport& report);

/// A zip with INVALID_REQUEST.xml.
net::Response oasis_error(int code);
/// 429, as the gateway words it.
net::Response oasis_throttled(std::chrono::seconds patience);

/// A fault in the rows themselves: unsorted, duplicates or conflict; any other kind leaves them as they are.
struct OasisRowFault {
    std::string_view kind;
    std::uint64_t seed = 0;
};

/// The reply to /oasisapi/SingleZip. Hours before `retained_from` are beyond the retention limit.
net::Response answer_oasis(const Grid& grid, std::string_view target, std::optional<Hour> retained_from,
                           const OasisRowFault& fault);

}  // namespace gridring::source
