// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gridring::forecast {

/// Both included; leads count from 1.
struct LeadRange {
    std::int64_t first, last;
};

/// A day, the rest of the week, the rest: what is good for the next day need not be good for the next month.
inline std::vector<LeadRange> lead_ranges(std::int64_t horizon) {
    std::vector<LeadRange> ranges;
    for (const std::int64_t last : {std::int64_t{24}, std::int64_t{168}, horizon}) {
        const std::int64_t first = ranges.empty() ? 1 : ranges.back().last + 1;
        if (first <= std::min(last, horizon)) ranges.push_back({first, std::min(last, horizon)});
    }
    return ranges;
}

}  // namespace gridring::forecast
