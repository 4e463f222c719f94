// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "gridring/math/thread_team.hpp"

namespace gridring::attention {

/// Shares the batch x heads pairs among the threads as kernels do, which then find what they need in their caches:
/// visit(b, first, count) for each sequence and run of its heads.
template <class Visit>
void for_each_head_run(math::ThreadTeam& team, std::int64_t batch, std::int64_t heads, const Visit& visit) {
    const std::int64_t pairs = batch * heads, parts = team.size();
    team.run(parts, [&](std::int64_t part, int) {
        const std::int64_t end = pairs * (part + 1) / parts;
        for (std::int64_t pair = pairs * part / parts; pair < end;) {
            const std::int64_t first = pair % heads, count = std::min(heads - first, end - pair);
            visit(pair / heads, first, count);
            pair += count;
        }
    });
}

}  // namespace gridring::attention
