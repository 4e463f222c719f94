// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "gridring/attention/heads.hpp"
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

inline void set_zero(const Heads& tensor, math::ThreadTeam& team) {
    if (tensor.rows == 0) return;  // its data may be nullptr
    for_each_head_run(team, tensor.batch, tensor.heads, [&](std::int64_t b, std::int64_t first, std::int64_t count) {
        const auto heads = tensor.head(b, first);
        for (std::int64_t l = 0; l < tensor.rows; ++l) std::fill_n(heads.row(l), count * tensor.head_dim, 0.0F);
    });
}

}  // namespace gridring::attention
