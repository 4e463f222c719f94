// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/comm/node_group.hpp"
#include "gridring/ring/partition.hpp"

namespace gridring::ring {

/// How keys and values travel. As bf16 they are rounded once, where they start, and handed on as they are; a rank's own
/// block is used unrounded, so that the result depends on P within the rounding. Gradients always travel in fp32:
/// rounding them every hop would add up.
enum class Wire { fp32, bf16 };
Wire parse_wire(std::string_view name);  ///< "fp32" or "bf16"; throws ConfigError
std::string_view to_string(Wire wire);

/// What rotates in the backward pass. Where a sliding window needs only a halo of the neighbours' keys, it is these.
enum class BackwardRotation {
    automatic,   ///< whichever moves fewer bytes
    key_values,  ///< K, V and their fp32 dK, dV travel, dQ stays: less for grouped heads
    queries,     ///< Q, dO, log-sum-exp, delta and dQ travel, dK and dV stay (BurstAttention, Sun et al. 2024)
};
BackwardRotation parse_backward_rotation(std::string_view name);  ///< "auto", "kv" or "q"; throws ConfigError
std::string_view to_string(BackwardRotation rotation);

struct Options {
    attention::Mask mask = {};
    float scale = 0;         ///< of the scores; 0 = 1/sqrt(head_dim)
    bool is_packed = false;  ///< blocks carry segment ids: KeyValueBlock::segments()
    /// `shared` needs nodes of equally many neighbouring ranks (else ConfigError); then K/V rotate whatever `backward`
    /// says, unrounded within a node, and a sliding window saves computing but no hop. `automatic` takes it where it
    /// can and a window's halo between nodes is not the better choice.
    comm::ExchangeMethod exchange = comm::ExchangeMethod::sendrecv;
    Wire wire = Wire::fp32;
    BackwardRotation backward = BackwardRotation::automatic;
    const attention::Backend* backend = &attention::simd_backend();
    int threads = 1;  ///< that compute on this rank
    /// Off, every exchange ends before the rank computes on: to measure what overlapping hides. Same results, bit for
    /// bit. ConfigError where the exchange is shared and there are several nodes.
    bool overlap = true;
    /// A hop that takes longer ends the job with a CommError that names rank, hop and bytes; 0 = wait for ever.
    std::chrono::milliseconds deadline = std::chrono::minutes{10};
};

/// This rank's keys and values in memory that travels: project straight into k() and v(), nothing is copied before a
/// hop.
class KeyValueBlock {
public:
    KeyValueBlock(const attention::Shape& shape, std::int64_t rows, bool is_packed = false);
    /// In memory that the ranks of a node share. Collective over the node, as destroying it is.
    KeyValueBlock(const comm::NodeGroup& node, const attention::Shape& shape, std::int64_t rows, bool is_packed);

    attention::Heads k();  ///< batch x L x kv_heads x head_dim, dense
    attention::Heads v();
    /// One bit a key and sequence, see attention::KeyValidity; all valid at first.
    std::span<std::uint8_t> validity();
    /// batch x L, 0 at first; of the keys and of the queries at the same positions. Empty unless Options::is_packed.
    std::span<std::int32_t> segments();
    std::span<std::byte> bytes() { return buffer_.bytes(); }
    std::span<const std::byte> bytes() const { return buffer_.bytes(); }
    std::int64_t rows() const { return rows_; }
    const comm::BlockBuffer& buffer() const { return buffer_; }

private:
    attention::Shape shape_;
    std::int64_t rows_;
    bool is_packed_;
    comm::BlockBuffer buffer_;
};

/// What one hop cost this rank. `hop` 0 computes on the rank's own block.
struct HopCost {
    double compute_seconds = 0, exposed_seconds = 0, transfer_seconds = 0;
    double exchange_cpu_seconds = 0;  ///< CPU time burnt by the exchange, waiting included
    std::uint64_t bytes_sent = 0, messages_sent = 0;
};
/// Sums over calls since construction or reset(), one entry a hop.
struct Telemetry {
    std::vector<HopCost> forward, backward;
    std::int64_t forward_calls = 0, backward_calls = 0;
};

/// Exact attention over a sequence of T steps spread over the ranks of `ring` (Liu, Zaharia & Abbeel 2023): key/value
/// blocks rotate while each rank computes on the block in hand. One instance serves every layer of a model with this
/// shape and T.
class RingAttention {
public:
    /// Collective over `ring`, which must outlive this object. partition.ranks() must equal ring.size().
    RingAttention(const comm::Communicator& ring, Partition partition, const attention::Shape& shape,
                  const Options& options);
    ~RingAttention();
    RingAttention(const RingAttention&) = delete;
    RingAttention& operator=(const RingAttention&) = delete;

    const Partition& partition() const;
    const attention::Shape& shape() const;
    std::int64_t rows() const;               ///< L of this rank
    attention::Positions positions() const;  ///< global positions of this rank's rows
    /// For this rank's rows. Collective, as destroying it is: with a shared exchange it lies in memory of the node.
    KeyValueBlock make_block() const;
    /// Was the block made for a ring like this one? The same answer on all ranks of a node.
    bool fits(const KeyValueBlock& own) const;
    comm::ExchangeMethod exchange() const;  ///< the one in use: never `automatic`
    math::ThreadTeam& team();               ///< Options::threads of this rank; free between calls

    /// q, out: batch x L x heads x head_dim; lse: batch x heads x L. P-1 exchanges, none when P = 1; fewer and smaller
    /// ones under a sliding window that spans few ranks; with a shared exchange N-1 between N nodes. `own` is only
    /// read, on every rank the block that make_block() gave at the same call. Collective.
    void forward(const attention::ConstHeads& q, const KeyValueBlock& own, const attention::Heads& out,
                 std::span<float> lse);

    /// Gradients of a scalar loss, replacing what dq, dk, dv hold; dk, dv: batch x L x kv_heads x head_dim. `out` and
    /// `lse` as forward() gave them. K/V rotate and the fp32 sums of their gradients follow (or Q and what belongs to
    /// it, and dQ): P-1 exchanges each, as what a rank finds on its own block never leaves it. Collective.
    void backward(const attention::ConstHeads& q, const KeyValueBlock& own, const attention::ConstHeads& out,
                  std::span<const float> lse, const attention::ConstHeads& out_gradient, const attention::Heads& dq,
                  const attention::Heads& dk, const attention::Heads& dv);

    const Telemetry& telemetry() const;
    void reset_telemetry();

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace gridring::ring
