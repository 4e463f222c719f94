// SPDX-License-Identifier: MIT
#include "ring/implementation.hpp"

#include <utility>

#include "gridring/core/error.hpp"
#include "ring/wire.hpp"

namespace gridring::ring {
namespace {

/// Bytes a row and hop, in the backward pass. K, V and fp32 dK, dV against fp32 Q, dO, dQ, log-sum-exp and delta.
bool queries_are_smaller(const attention::Shape& shape, Wire wire) {
    const std::int64_t C = shape.heads * shape.head_dim, kv_C = shape.kv_heads * shape.head_dim;
    const std::int64_t key_values = 2 * (wire == Wire::bf16 ? 2 : 4) * kv_C + 8 * kv_C;
    const std::int64_t queries = 4 * (2 * C + 2 * shape.heads) + 4 * C;
    return queries < key_values;
}

/// The rotation over shared memory that `options` ask for, if any; decides what `automatic` is. Collective.
std::optional<NodeRotation> on_nodes(const comm::Communicator& ring, const Partition& partition,
                                     const Schedule& schedule, const BlockLayout& layout, Options& options) {
    using comm::ExchangeMethod;
    const bool is_free = options.exchange == ExchangeMethod::automatic;
    if (!is_free && options.exchange != ExchangeMethod::shared) return {};
    const auto nodes = comm::NodeLayout::of(ring);
    if (is_free) {
        const int n = nodes.ranks_per_node();
        const bool is_worth_it = n > 1 && nodes.is_even() && (n == ring.size() || !schedule.is_halo());
        options.exchange = is_worth_it ? ExchangeMethod::shared : ExchangeMethod::sendrecv;
        if (!is_worth_it) return {};
    }
    comm::NodeGroup node(ring, nodes);
    if (!options.overlap && node.nodes() > 1)
        throw ConfigError(
            "overlap off: expected exchange sendrecv or nonblocking, found shared over several nodes, where blocks "
            "always travel while ranks compute");
    return std::optional<NodeRotation>(std::in_place, std::move(node), partition, layout, options.wire,
                                       options.deadline);
}

bool moves_queries(const Schedule& schedule, const attention::Shape& shape, const Options& options) {
    if (schedule.is_halo() || options.backward == BackwardRotation::key_values) return false;
    return options.backward == BackwardRotation::queries || queries_are_smaller(shape, options.wire);
}

}  // namespace

RingAttention::Implementation::Implementation(const comm::Communicator& communicator, Partition split,
                                              const attention::Shape& of, const Options& how)
    : ring(communicator),
      partition(std::move(split)),
      shape(of),
      options(how),
      rows(partition.rows(ring.rank())),
      schedule(partition, options.mask, ring.rank()),
      node_rotation(on_nodes(ring, partition, schedule, layout(0, Wire::fp32), options)),
      carriage(ring, options),
      team(options.threads),
      delta(static_cast<std::size_t>(shape.batch * shape.heads * rows)) {
    if (options.wire == Wire::bf16 && ring.size() > 1)
        decoded = comm::BlockBuffer(layout(partition.max_rows(), Wire::fp32).bytes());
    forget_costs();
    if (node_rotation) return;
    const Cargo key_values{[this](std::int64_t count) { return layout(count, options.wire).bytes(); },
                           [this](std::int64_t count) { return layout(count, Wire::fp32).gradient_bytes(); }};
    if (moves_queries(schedule, shape, options))
        query_rotation.emplace(carriage, schedule,
                               Cargo{[this](std::int64_t count) { return query_layout(count).bytes(); },
                                     [this](std::int64_t count) { return query_layout(count).gradient_bytes(); }});
    key_value_rotation.emplace(carriage, schedule, key_values);
}

void RingAttention::Implementation::forget_costs() {
    const std::vector<HopCost> none(static_cast<std::size_t>(hops()));
    telemetry = {none, none};
}

bool RingAttention::Implementation::fits(const KeyValueBlock& own) const {
    if (node_rotation) return node_rotation->fits(own);
    return own.rows() == rows && own.bytes().size() == home().bytes();
}

void RingAttention::Implementation::expect_tensor(const attention::ConstHeads& tensor, std::int64_t heads) const {
    expects(tensor.batch == shape.batch && tensor.rows == rows && tensor.heads == heads &&
                tensor.head_dim == shape.head_dim,
            "ring attention: tensors are batch x L x heads x head_dim");
}

void RingAttention::Implementation::expect_rows(const KeyValueBlock& own, std::span<const float> lse) const {
    expects(fits(own), "ring attention: the block has L rows and comes from make_block()");
    expects(lse.size() == delta.size(), "ring attention: lse is batch x heads x L");
}

std::span<const std::byte> RingAttention::Implementation::depart(const KeyValueBlock& own, RowRange leaving,
                                                                 std::span<std::byte> memory) const {
    if (options.wire == Wire::fp32 && leaving.count == rows) return own.bytes();
    pack(home(), own.bytes(), leaving, layout(leaving.count, options.wire), memory);
    return memory;
}

attention::KeyValueView RingAttention::Implementation::key_values(int hop, const KeyValueBlock& own,
                                                                  std::span<const std::byte> visitor) {
    if (hop == 0) return home().view(own.bytes(), own_positions());
    const RowRange arrived = schedule.arriving(hop);
    const auto at = positions(schedule.owner(hop), arrived);
    const auto readable = layout(arrived.count, Wire::fp32);
    if (options.wire == Wire::fp32) return readable.view(visitor, at);
    unpack(layout(arrived.count, options.wire), visitor, readable, decoded.bytes());
    return readable.view(decoded.bytes(), at);
}

attention::KeyValueView RingAttention::Implementation::key_values(const Visit& visit) {
    const auto at = partition.positions(visit.owner);
    if (visit.layout.wire == Wire::fp32) return visit.layout.view(visit.bytes, at);
    const auto readable = layout(visit.layout.rows, Wire::fp32);
    unpack(visit.layout, visit.bytes, readable, decoded.bytes());
    return readable.view(decoded.bytes(), at);
}

attention::KeyValueView RingAttention::Implementation::travelled(const KeyValueBlock& own) {
    if (options.wire == Wire::fp32 || ring.size() == 1) return home().view(own.bytes(), own_positions());
    const auto wire = layout(rows, options.wire);
    const auto rounded = carriage.visitors[0].bytes().first(wire.bytes());  // free before the first hop
    pack(home(), own.bytes(), {0, rows}, wire, rounded);
    unpack(wire, rounded, home(), decoded.bytes());
    return home().view(decoded.bytes(), own_positions());
}

}  // namespace gridring::ring
