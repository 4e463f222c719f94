// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/attention/heads.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/ring/partition.hpp"

namespace gridring::ring {

/// Rows [first, first + count) of a block.
struct RowRange {
    std::int64_t first = 0, count = 0;
    bool operator==(const RowRange&) const = default;
};

/// The rows of `owner`'s block, from the first to the last, of which any query of `holder` sees any.
RowRange needed_rows(const Partition& partition, const attention::Mask& mask, int owner, int holder);

/// Which block is on which rank after how many hops, and what a rank sends to whom in between. Two kinds:
///   ring   every block visits every rank, handed on from neighbour to neighbour: P hops, the own block's among them.
///   halo   under a sliding window a rank needs a few rows of a few blocks: their owners send them straight, trimmed to
///          needed_rows(), one hop for every distance on the ring at which any rank needs any. Taken when that loads
///          the links of the ring less: rows times distance, summed, against (P-1) T.
class Schedule {
public:
    Schedule(const Partition& partition, const attention::Mask& mask, int rank);

    bool is_halo() const { return is_halo_; }
    int hops() const { return static_cast<int>(offsets_.size()); }
    /// Whose block is here at `hop`; at hop 0 this rank's own. A ring's hop P is home again.
    int owner(int hop) const { return (rank_ + ranks() - offset(hop)) % ranks(); }
    /// Rows of owner(hop)'s block that come here.
    RowRange arriving(int hop) const;
    /// This rank's rows as they leave so that the block of `hop` is in its place: halo; in a ring the whole block.
    RowRange leaving(int hop) const;
    /// How the blocks of `hop` come to their places.
    comm::Route route(int hop) const;
    /// How what was computed on the blocks of `hop` goes on: to the next rank in a ring, straight home in a halo.
    comm::Route route_onwards(int hop) const;

    /// Does any query of this rank see any key of owner(hop), by position?
    bool sees(int hop) const { return needed_[at(owner(hop))].count > 0; }
    /// Does any query of owner(hop) see any key of this rank?
    bool is_seen(int hop) const { return lent_[at(owner(hop))].count > 0; }

private:
    static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }
    int ranks() const { return static_cast<int>(rows_.size()); }
    int offset(int hop) const { return hop == ranks() ? 0 : offsets_[static_cast<std::size_t>(hop)]; }
    int borrower(int hop) const { return (rank_ + offset(hop)) % ranks(); }

    int rank_;
    std::vector<std::int64_t> rows_;       ///< of every rank
    std::vector<RowRange> needed_, lent_;  ///< of every owner's block here; of the own block for every other rank
    std::vector<int> offsets_;             ///< the block of rank - offset is here; by hop
    bool is_halo_ = false;
};

}  // namespace gridring::ring
