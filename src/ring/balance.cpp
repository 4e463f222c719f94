// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "gridring/ring/partition.hpp"
#include "ring/pair_count.hpp"

namespace gridring::ring {

std::vector<double> work_per_rank(const Partition& partition, const attention::Mask& mask) {
    const PairCount pairs(partition.steps(), mask);
    std::vector<double> work;
    for (int rank = 0; rank < partition.ranks(); ++rank) {
        double sum = 0;
        for (const std::int64_t t : partition.positions(rank)) sum += pairs.of(t);
        work.push_back(sum);
    }
    return work;
}

double imbalance(std::span<const double> work) {
    const double total = std::accumulate(work.begin(), work.end(), 0.0);
    return total == 0 ? 1 : *std::ranges::max_element(work) * static_cast<double>(work.size()) / total;
}

std::string describe_balance(const Partition& partition, const attention::Mask& mask) {
    const auto work = work_per_rank(partition, mask);
    const auto [least, most] = std::ranges::minmax_element(work);
    return fmt::format("{}{}, {} over {} ranks: {:.0f} to {:.0f} pairs a rank, max/mean {:.4f}",
                       mask.is_causal ? "causal" : "both ways",
                       mask.window == 0 ? "" : fmt::format(", window {}", mask.window), to_string(partition.scheme()),
                       partition.ranks(), *least, *most, imbalance(work));
}

}  // namespace gridring::ring
