// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/comm/node_group.hpp"
#include "gridring/comm/node_progress.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "ring/block_layout.hpp"
#include "ring/rotation.hpp"

namespace gridring::ring {

/// A block where it may be read: at home on this node, or as it travelled from another.
struct Visit {
    int hop, owner;
    BlockLayout layout;
    std::span<const std::byte> bytes;
};

/// The hops of a ring in which the n ranks of a node read each other's blocks in place. N nodes, N phases of n hops:
/// in phase s the blocks of node a - s lie in memory that node a shares, and its rank i computes on those of ranks
/// i, i - 1, … of them. Meanwhile each rank passes the visitor of its own index on to the next node, so that blocks
/// leave a node once instead of n times; on one node there is no message at all.
///
/// Gradients of K/V: each rank computes its contribution in memory of its own and then adds it to the sum of that
/// block, which is shared: in the order of the hops, rank after rank, so that the bits are always the same. (Adding
/// within the kernel would save a pass over memory, but ranks would compute one behind the other, and read and write
/// another core's memory all the while.) What a rank finds on its own block never leaves it, sums over the node are
/// home at the end of phase 0, and those over other nodes follow their block one phase behind.
class NodeRotation {
public:
    /// Collective. `layout` is that of blocks at home, but for their rows, and `wire` that between nodes.
    NodeRotation(comm::NodeGroup node, const Partition& partition, const BlockLayout& layout, Wire wire,
                 std::chrono::milliseconds deadline);

    int hops() const { return node_.size() * node_.nodes(); }
    const comm::NodeGroup& node() const { return node_; }
    /// Can the ranks of this node read the block in place? The same answer on all of them.
    bool fits(const KeyValueBlock& own) const;

    /// Calls compute(visit) for every block in the order of the hops. `depart(rows, memory)` returns the own block as
    /// it travels between nodes, written to `memory` or in place. Every rank may write to its block again when all
    /// ranks of the node are done with it, which is when this returns.
    template <class Depart, class Compute>
    void run(const Journey& journey, const KeyValueBlock& own, const Depart& depart, const Compute& compute) {
        progress_->advance();  // the own block may be read
        const std::uint64_t entry = progress_->steps();
        for (int phase = 0; phase < node_.nodes(); ++phase) {
            const bool is_last = phase + 1 == node_.nodes();
            if (!is_last) start(phase, phase == 0 ? depart(RowRange{0, rows(0)}, departure()) : visitor(phase));
            for (int step = 0; step < node_.size(); ++step) {
                const int hop = phase * node_.size() + step;
                if (phase == 0) wait_for(index(step), entry, hop, journey);
                compute(visit(hop, own));
            }
            if (!is_last) finish(phase, journey);
            meet(phase, journey);
        }
    }

    /// Zeroed memory for what this rank adds to the gradient of the block in hand.
    std::span<std::byte> contribution(int hop);
    /// To be called at every hop but 0, once contribution(hop) is complete.
    void pass_on(int hop, const Journey& journey);
    /// Waits for the last sum.
    void come_home(const Journey& journey);

private:
    struct Memory;  ///< where the parts of the shared memory of a rank are

    int phase_of(int hop) const { return hop / node_.size(); }
    int step_of(int hop) const { return hop % node_.size(); }
    int index(int step) const { return (node_.rank() + node_.size() - step) % node_.size(); }  ///< on its node
    int owner(int phase, int index) const {
        return node_.ring_rank((node_.node() + node_.nodes() - phase % node_.nodes()) % node_.nodes(), index);
    }
    std::int64_t rows(int phase) const { return partition_.rows(owner(phase, node_.rank())); }
    BlockLayout travelling(int rank) const;

    Visit visit(int hop, const KeyValueBlock& own) const;
    void start(int phase, std::span<const std::byte> block);
    void finish(int phase, const Journey& journey);
    /// Until all ranks of the node are at the end of this phase: its visitors may be replaced, the next be read.
    void meet(int phase, const Journey& journey);
    void wait_for(int index, std::uint64_t steps, int hop, const Journey& journey) const;
    void collect_sum(int phase, const Journey& journey);

    std::span<std::byte> visitor(int phase) const;
    std::span<std::byte> departure() const;
    std::span<std::byte> sum(int phase, int index) const;
    std::span<std::byte> arriving_sum(int phase);

    comm::NodeGroup node_;
    const Partition& partition_;
    BlockLayout layout_;
    Wire wire_;
    std::size_t visitor_bytes_, sum_bytes_;  ///< of the largest block
    std::unique_ptr<comm::NodeProgress> progress_;
    comm::BlockBuffer shared_;  ///< sums and visitors, see part()
    comm::BlockBuffer contribution_, arriving_sum_;
    std::unique_ptr<comm::BlockExchange> blocks_, sums_behind_;  ///< none on one node
};

}  // namespace gridring::ring
