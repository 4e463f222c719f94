// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gridring/sweep/plan.hpp"

namespace gridring::sweep {

std::vector<std::int64_t> rungs_of(const Halving& halving, std::int64_t steps) {
    std::vector<std::int64_t> rungs;
    if (halving.first_steps < 1) return rungs;
    for (std::int64_t rung = halving.first_steps; rung < steps; rung *= halving.keep) rungs.push_back(rung);
    return rungs;
}

std::vector<std::size_t> who_goes_on(const std::vector<double>& losses, std::int64_t keep) {
    std::vector<std::size_t> order(losses.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto loss = [&](std::size_t arm) { return std::isnan(losses[arm]) ? INFINITY : losses[arm]; };
    std::ranges::stable_sort(order, {}, loss);
    order.resize((losses.size() + static_cast<std::size_t>(keep) - 1) / static_cast<std::size_t>(keep));
    std::ranges::sort(order);
    return order;
}

}  // namespace gridring::sweep
