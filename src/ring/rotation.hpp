// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "ring/schedule.hpp"

namespace gridring::ring {

/// What travels, as bytes by rows: blocks, and the fp32 sums over ranks that belong to them.
struct Cargo {
    std::function<std::size_t(std::int64_t rows)> block_bytes, sum_bytes;
};

/// The memory that travels and the exchanges that move it. Several rotations may share it, one at a time; it is as
/// large as the largest that has run needs: two visiting blocks, in a backward pass three sums, and in a halo the block
/// that leaves.
class Carriage {
public:
    Carriage(const comm::Communicator& ring, const Options& options);
    void make_room_for_blocks(const Schedule& schedule, const Cargo& cargo);
    void make_room_for_sums(const Schedule& schedule, const Cargo& cargo);

    std::array<comm::BlockBuffer, 2> visitors;  ///< one in hand, one arriving
    comm::BlockBuffer leaving;                  ///< of this rank, trimmed for whom it goes to
    std::array<comm::BlockBuffer, 2> sums;      ///< one being computed, one leaving
    comm::BlockBuffer arriving_sum;
    std::unique_ptr<comm::BlockExchange> blocks, sums_behind;
    bool overlaps;  ///< Options::overlap
};

/// One pass over all hops: what it is called and what it costs, and what becomes of sums that come home.
struct Journey {
    std::string_view name;
    std::vector<HopCost>& costs;
    std::function<void(RowRange rows, std::span<const float> sum)> deliver = {};  ///< none where no sums travel
};

void add_to(HopCost& hop, const comm::ExchangeCost& cost);

/// The hops: which block is where, in which memory, and who sends what when. What the rank computes on its own block
/// (hop 0) stays; what it computes on a visitor is a sum that goes after the block one hop behind, on a communicator of
/// its own, or straight home: see Schedule.
class Rotation {
public:
    Rotation(Carriage& carriage, const Schedule& schedule, Cargo cargo);

    int hops() const { return schedule_.hops(); }
    /// The memory that `journey` needs. run() begins with it, since nothing may throw after the first exchange; to be
    /// called before by whoever borrows that memory.
    void make_room(const Journey& journey);

    /// Every block visits this rank, its own first: the next arrives while `compute(hop, block)` works on the one in
    /// hand (or before, without overlap). `depart(rows, memory)` returns those rows of the own block as they travel,
    /// written to `memory` or in place; compute() is not given the own block.
    template <class Depart, class Compute>
    void run(const Journey& journey, const Depart& depart, const Compute& compute) {
        make_room(journey);
        std::span<const std::byte> in_hand;
        for (int hop = 0; hop < hops(); ++hop) {
            const bool is_last = hop + 1 == hops();
            std::span<const std::byte> next;
            if (!is_last) start(hop, stays_home(hop) ? depart(schedule_.leaving(hop + 1), departure(hop)) : in_hand);
            if (!is_last && !carriage_.overlaps) next = finish(hop, journey);
            compute(hop, in_hand);
            if (!is_last && carriage_.overlaps) next = finish(hop, journey);
            in_hand = next;
        }
    }

    /// Zeroed memory for what this rank adds to the sum of the visitor in hand.
    std::span<std::byte> contribution(int hop);
    /// To be called once contribution(hop) is complete: adds what the ranks before found and sends the sum onwards.
    void pass_on(int hop, const Journey& journey);
    /// Waits for the last sum.
    void come_home(const Journey& journey);

private:
    /// Does the own block go out after `hop`, rather than the visitor in hand?
    bool stays_home(int hop) const { return hop == 0 || schedule_.is_halo(); }
    void start(int hop, std::span<const std::byte> block);
    std::span<const std::byte> finish(int hop, const Journey& journey);
    void collect_sum(int hop, const Journey& journey);
    void collect(comm::BlockExchange& exchange, int hop, const Journey& journey) const;

    std::span<std::byte> visitor(int hop);
    std::span<std::byte> departure(int hop);
    std::span<std::byte> sum(int hop);
    RowRange arriving_sum_rows(int hop) const;
    std::span<std::byte> arriving_sum(int hop);

    Carriage& carriage_;
    const Schedule& schedule_;
    Cargo cargo_;
};

}  // namespace gridring::ring
