// SPDX-License-Identifier: MIT
#include "train/process_grid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::train {

std::int64_t resolve_data_ranks(std::int64_t asked, std::int64_t ranks, std::int64_t batch) {
    const std::int64_t most = std::gcd(ranks, batch);
    if (asked == 0) return most;
    if (asked > 0 && most % asked == 0) return asked;
    std::vector<std::int64_t> fitting;
    for (std::int64_t d = 1; d <= most; ++d)
        if (most % d == 0) fitting.push_back(d);
    throw ConfigError(
        fmt::format("training: data_ranks must divide the number of ranks, {}, and the batch, {}; found {}. Mend: one "
                    "of {}, or 0 for the most that fits",
                    ranks, batch, asked, fmt::join(fitting, ", ")));
}

ProcessGrid::ProcessGrid(const comm::Communicator& world, std::int64_t data_ranks, std::int64_t batch)
    : groups_(resolve_data_ranks(data_ranks, world.size(), batch)),
      batch_(batch / groups_),
      group_(world.rank() / (world.size() / groups_)),
      ring_(world.split(static_cast<int>(group_), world.rank())) {}

std::span<const Sequence> ProcessGrid::part(std::span<const Sequence> sequences) const {
    return sequences.subspan(static_cast<std::size_t>(group_ * batch_), static_cast<std::size_t>(batch_));
}

}  // namespace gridring::train
