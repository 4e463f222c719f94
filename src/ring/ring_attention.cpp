// SPDX-License-Identifier: MIT
#include "gridring/ring/ring_attention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "ring/implementation.hpp"

namespace gridring::ring {
namespace {

using attention::ConstHeads;
using attention::Heads;

std::string describe(const Partition& partition, const attention::Shape& shape, const Options& options) {
    std::vector<std::int64_t> rows;
    for (int rank = 0; rank < partition.ranks(); ++rank) rows.push_back(partition.rows(rank));
    const auto& [is_causal, window] = options.mask;
    return fmt::format(
        "T {}, {}, rows {}, batch {}, heads {}, kv_heads {}, head_dim {}, {}, window {}, scale {}, {}, wire {}, "
        "backward {}, exchange {}{}",
        partition.steps(), to_string(partition.scheme()), fmt::join(rows, " "), shape.batch, shape.heads,
        shape.kv_heads, shape.head_dim, is_causal ? "causal" : "not causal", window, options.scale,
        options.is_packed ? "packed" : "not packed", to_string(options.wire), to_string(options.backward),
        comm::to_string(options.exchange), options.overlap ? "" : " without overlap");
}

/// Ranks that were built for different problems would mix shapes, or wait for ever.
void agree_on_problem(const comm::Communicator& ring, const std::string& problem) {
    const auto all = ring.all_gather(problem);
    const auto other = std::ranges::find_if(all, [&](const std::string& text) { return text != all.front(); });
    if (other == all.end()) return;
    throw CommError(
        fmt::format("ring attention: expected one problem on every rank, found {} on rank 0 and {} on rank {}",
                    all.front(), *other, other - all.begin()));
}

}  // namespace

RingAttention::RingAttention(const comm::Communicator& ring, Partition partition, const attention::Shape& shape,
                             const Options& options) {
    expects(partition.ranks() == ring.size(), "RingAttention: the partition is made for the ranks of the ring");
    expects(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "RingAttention: kv_heads divides heads");
    expects(options.mask.window >= 0, "RingAttention: window >= 0");
    agree_on_problem(ring, describe(partition, shape, options));
    self_ = std::make_unique<Implementation>(ring, std::move(partition), shape, options);
}
RingAttention::~RingAttention() = default;

const Partition& RingAttention::partition() const { return self_->partition; }
const attention::Shape& RingAttention::shape() const { return self_->shape; }
std::int64_t RingAttention::rows() const { return self_->rows; }
attention::Positions RingAttention::positions() const { return self_->own_positions(); }
KeyValueBlock RingAttention::make_block() const {
    const bool is_packed = self_->options.is_packed;
    if (self_->node_rotation) return {self_->node_rotation->node(), self_->shape, rows(), is_packed};
    return {self_->shape, rows(), is_packed};
}
bool RingAttention::fits(const KeyValueBlock& own) const { return self_->fits(own); }
comm::ExchangeMethod RingAttention::exchange() const { return self_->options.exchange; }
math::ThreadTeam& RingAttention::team() { return self_->team; }
const Telemetry& RingAttention::telemetry() const { return self_->telemetry; }
void RingAttention::reset_telemetry() { self_->forget_costs(); }

void RingAttention::forward(const ConstHeads& q, const KeyValueBlock& own, const Heads& out, std::span<float> lse) {
    auto& self = *self_;
    for (const auto& tensor : {q, ConstHeads(out)}) self.expect_tensor(tensor, self.shape.heads);
    self.expect_rows(own, lse);

    const trace::Span span("ring", "ring forward");
    const Journey journey{"forward", self.telemetry.forward};
    const attention::SoftmaxState state{out, lse, self.delta};
    const attention::QueryView queries{q, positions(), self.home().segments(own.bytes())};
    attention::reset(state, self.team);
    const auto depart = [&](RowRange rows, std::span<std::byte> memory) { return self.depart(own, rows, memory); };
    const auto fold = [&](int hop, const auto& read_block) {
        timed(journey.costs, hop,
              [&] { self.options.backend->accumulate(queries, read_block(), self.scoring(), state, self.team); });
    };
    if (self.node_rotation)
        self.node_rotation->run(journey, own, depart, [&](const Visit& visit) {
            if (self.sees(visit.owner)) fold(visit.hop, [&] { return self.key_values(visit); });
        });
    else
        self.key_value_rotation->run(journey, depart, [&](int hop, std::span<const std::byte> visitor) {
            if (self.schedule.sees(hop)) fold(hop, [&] { return self.key_values(hop, own, visitor); });
        });
    attention::finish(state, lse, self.team);
    ++self.telemetry.forward_calls;
}

}  // namespace gridring::ring
