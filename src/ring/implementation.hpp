// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "gridring/core/trace.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "ring/block_layout.hpp"
#include "ring/node_rotation.hpp"
#include "ring/query_layout.hpp"
#include "ring/rotation.hpp"
#include "ring/schedule.hpp"

namespace gridring::ring {

/// Where one backward step adds its gradients.
struct Gradients {
    attention::Heads dq, dk, dv;
};

struct RingAttention::Implementation {
    Implementation(const comm::Communicator& communicator, Partition split, const attention::Shape& of,
                   const Options& how);
    void forget_costs();
    int hops() const { return node_rotation ? node_rotation->hops() : schedule.hops(); }
    bool fits(const KeyValueBlock& own) const;

    /// Checked before the first exchange starts: afterwards nothing may throw.
    void expect_tensor(const attention::ConstHeads& tensor, std::int64_t heads) const;
    void expect_rows(const KeyValueBlock& own, std::span<const float> lse) const;

    attention::Positions positions(int rank, RowRange at) const {
        return partition.positions(rank).subspan(static_cast<std::size_t>(at.first),
                                                 static_cast<std::size_t>(at.count));
    }
    attention::Positions own_positions() const { return partition.positions(ring.rank()); }
    attention::Scoring scoring() const { return {options.mask, options.scale}; }
    BlockLayout layout(std::int64_t count, Wire wire) const { return {shape, count, options.is_packed, wire}; }
    BlockLayout home() const { return layout(rows, Wire::fp32); }
    QueryLayout query_layout(std::int64_t count) const { return {shape, count, options.is_packed}; }

    /// `rows` of the own block as they travel: in place where nothing is left out or rounded, else in `memory`.
    std::span<const std::byte> depart(const KeyValueBlock& own, RowRange rows, std::span<std::byte> memory) const;
    /// The block in hand at `hop`, as a kernel reads it: the own one, or the visitor.
    attention::KeyValueView key_values(int hop, const KeyValueBlock& own, std::span<const std::byte> visitor);
    /// The same of a block that is read in place or came from another node.
    attention::KeyValueView key_values(const Visit& visit);
    /// Does any query of this rank see any key of owner's block, by position?
    bool sees(int owner) const { return needed_rows(partition, options.mask, owner, ring.rank()).count > 0; }
    /// The own block as the other ranks see it: each pair of query and key is computed on the same numbers in the
    /// forward and the backward pass, whatever rotates.
    attention::KeyValueView travelled(const KeyValueBlock& own);

    void differentiate(const QueryBlock& queries, attention::Positions at, const attention::KeyValueView& block,
                       const Gradients& to);
    Journey backward_journey(const Gradients& to);
    void rotate_key_values(const QueryBlock& queries, const KeyValueBlock& own, const Gradients& to);
    void rotate_on_nodes(const QueryBlock& queries, const KeyValueBlock& own, const Gradients& to);
    void rotate_queries(const QueryBlock& queries, const KeyValueBlock& own, const Gradients& to);

    const comm::Communicator& ring;
    Partition partition;
    attention::Shape shape;
    Options options;
    std::int64_t rows;
    Schedule schedule;
    std::optional<NodeRotation> node_rotation;  ///< instead of the other two, where the exchange is shared
    Carriage carriage;
    std::optional<Rotation> key_value_rotation, query_rotation;  ///< the latter where the backward pass moves queries
    math::ThreadTeam team;
    std::vector<float> delta;   ///< batch x heads x L; the sums of the softmax in the forward pass
    comm::BlockBuffer decoded;  ///< one block in fp32, of those that travel as bf16
    Telemetry telemetry;
};

/// Runs `work` and adds the time it took to that hop.
template <class Work>
void timed(std::vector<HopCost>& costs, int hop, const Work& work) {
    using Clock = std::chrono::steady_clock;
    const trace::Span span("ring", "compute on the block of hop", hop);
    const auto start = Clock::now();
    work();
    costs[static_cast<std::size_t>(hop)].compute_seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace gridring::ring
