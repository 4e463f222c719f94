// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "gridring/comm/communicator.hpp"
#include "gridring/train/features.hpp"

namespace gridring::train {

/// D for so many ranks and sequences a step: `asked`, or the most that divides both where that is 0. ConfigError,
/// saying what fits, where `asked` divides not both.
std::int64_t resolve_data_ranks(std::int64_t asked, std::int64_t ranks, std::int64_t batch);

/// P = D x R ranks: D groups of R neighbours. Each group is a ring and works on sequences of its own, batch / D of
/// every step's; R ranks share each sequence.
class ProcessGrid {
public:
    /// Collective over `world`; throws as resolve_data_ranks does, on every rank.
    ProcessGrid(const comm::Communicator& world, std::int64_t data_ranks, std::int64_t batch);

    std::int64_t groups() const { return groups_; }  ///< D
    std::int64_t batch() const { return batch_; }    ///< sequences a group works on at a time
    const comm::Communicator& ring() const { return ring_; }
    /// This group's part of `batch` sequences that all ranks name alike.
    std::span<const Sequence> part(std::span<const Sequence> sequences) const;

private:
    std::int64_t groups_, batch_, group_;
    comm::Communicator ring_;
};

}  // namespace gridring::train
