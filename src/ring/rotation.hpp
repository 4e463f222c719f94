// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "ring/block_layout.hpp"

namespace gridring::ring {

/// The hops: which block is where, in which memory, and who sends what when. After `hop` hops a rank holds the block of
/// owner(hop); its gradient, which follows one hop behind on a communicator of its own, is home after P hops.
/// Holds two visiting blocks and three gradients of the largest size, whatever P is.
class Rotation {
public:
    Rotation(const comm::Communicator& ring, const Partition& partition, const attention::Shape& shape,
             comm::ExchangeMethod method);

    int hops() const { return ring_.size(); }
    int owner(int hop) const { return (ring_.rank() + ring_.size() - hop) % ring_.size(); }
    BlockLayout layout(int hop) const { return {shape_, partition_.rows(owner(hop))}; }

    /// Every rank's block visits this one, its own first: the next arrives while `compute(hop, block)` works on the one
    /// in hand.
    template <class Compute>
    void run(std::span<const std::byte> own, std::vector<HopCost>& costs, const Compute& compute) {
        auto in_hand = own;
        for (int hop = 0; hop < hops(); ++hop) {
            const bool is_last = hop + 1 == hops();
            const auto arriving = is_last ? std::span<std::byte>{} : free_visitor(hop);
            if (!is_last) blocks_->start(in_hand, arriving);
            compute(hop, layout(hop).view(in_hand, partition_.positions(owner(hop))));
            if (!is_last) add(blocks_->finish(), costs[static_cast<std::size_t>(hop)]);
            in_hand = arriving;
        }
    }

    /// Zeroed memory for what this rank adds to the gradient of the block in hand.
    std::span<std::byte> contribution(int hop);
    /// To be called once contribution(hop) is complete: adds what the ranks before found and sends the sum after its
    /// block.
    void pass_on(int hop, std::vector<HopCost>& costs);
    /// This rank's own gradient, after the last hop.
    std::span<std::byte> gradient_at_home(std::vector<HopCost>& costs);

private:
    static void add(const comm::ExchangeCost& cost, HopCost& hop);
    std::span<std::byte> free_visitor(int hop) {
        return visitors_[static_cast<std::size_t>(hop % 2)].bytes().first(layout(hop + 1).bytes());
    }
    std::span<std::byte> leaving_gradient(int hop) {
        return gradients_[static_cast<std::size_t>(hop % 2)].bytes().first(layout(hop).gradient_bytes());
    }
    std::span<std::byte> arriving_gradient(int hop) { return arriving_.bytes().first(layout(hop).gradient_bytes()); }

    const comm::Communicator& ring_;
    const Partition& partition_;
    attention::Shape shape_;
    std::array<comm::BlockBuffer, 2> visitors_;   ///< K/V: one in hand, one arriving
    std::array<comm::BlockBuffer, 2> gradients_;  ///< dK/dV: one being computed, one leaving
    comm::BlockBuffer arriving_;                  ///< dK/dV
    std::unique_ptr<comm::BlockExchange> blocks_, following_gradients_;
};

}  // namespace gridring::ring
