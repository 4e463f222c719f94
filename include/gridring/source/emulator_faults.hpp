// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Faults that the emulator makes on purpose, to try clients with. docs/emulator.md holds the same tables.
namespace gridring::source {

struct FaultKind {
    std::string_view name;
    /// A right client still ends with every row right, since asking again or reading with care helps. Else it must
    /// report the fault: the reply gives no hint of the truth.
    bool heals;
    std::string_view what;
};
/// Of the EIA side.
const std::vector<FaultKind>& eia_fault_kinds();
/// Of the OASIS side; its error codes "1000" to "1016" stand in one entry of that name.
const std::vector<FaultKind>& oasis_fault_kinds();

/// What every `every`-th request for data to the EIA side gets.
struct EiaFault {
    std::string kind;
    int every = 1;

    /// "503" or "truncated/3". Throws ConfigError naming the kinds.
    static EiaFault parse(const std::string& text);
};

/// The same for every `every`-th request to OASIS.
struct OasisFault {
    std::string kind;
    int every = 1;

    /// "1014" or "truncated/3". Throws ConfigError naming the kinds.
    static OasisFault parse(const std::string& text);
};

}  // namespace gridring::source
