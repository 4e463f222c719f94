// SPDX-License-Identifier: MIT
#include "gridring/sweep/halving.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gridring::sweep {

std::vector<std::int64_t> rungs_of(const Halving& halving, std::int64_t steps) {
    std::vector<std::int64_t> rungs;
    if (halving.first_steps < 1) return rungs;
    for (std::int64_t rung = halving.first_steps; rung < steps; rung *= halving.keep) rungs.push_back(rung);
    return rungs;
}

std::vector<std::size_t> who_goes_on(const std::vector<double>& losses, std::int64_t keep) {
    std::vector<std::size_t> order;
    for (std::size_t arm = 0; arm < losses.size(); ++arm)
        if (!std::isnan(losses[arm])) order.push_back(arm);
    std::ranges::sort(order, {}, [&](std::size_t arm) { return std::pair(losses[arm], arm); });
    const auto most = (losses.size() + static_cast<std::size_t>(keep) - 1) / static_cast<std::size_t>(keep);
    order.resize(std::min(order.size(), most));
    std::ranges::sort(order);
    return order;
}

}  // namespace gridring::sweep
