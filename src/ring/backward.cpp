// SPDX-License-Identifier: MIT
#include <array>
#include <string>
#include <utility>

#include "gridring/attention/head_runs.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "ring/implementation.hpp"
#include "ring/tensors.hpp"

namespace gridring::ring {
namespace {

using attention::ConstHeads;
using attention::Heads;

constexpr std::array<std::pair<BackwardRotation, std::string_view>, 3> names{
    {{BackwardRotation::automatic, "auto"}, {BackwardRotation::key_values, "kv"}, {BackwardRotation::queries, "q"}}};

}  // namespace

BackwardRotation parse_backward_rotation(std::string_view name) {
    for (const auto& [rotation, known] : names)
        if (name == known) return rotation;
    throw ConfigError("expected what rotates in the backward pass (auto, kv or q), found '" + std::string(name) + "'");
}

std::string_view to_string(BackwardRotation rotation) { return names[static_cast<std::size_t>(rotation)].second; }

void RingAttention::backward(const ConstHeads& q, const KeyValueBlock& own, const ConstHeads& out,
                             std::span<const float> lse, const ConstHeads& out_gradient, const Heads& dq,
                             const Heads& dk, const Heads& dv) {
    auto& self = *self_;
    for (const auto& tensor : {q, out, out_gradient, ConstHeads(dq)}) self.expect_tensor(tensor, self.shape.heads);
    for (const auto& tensor : {dk, dv}) self.expect_tensor(tensor, self.shape.kv_heads);
    self.expect_rows(own, lse);

    const trace::Span span("ring", "ring backward");
    attention::row_delta(out, out_gradient, self.delta, self.team);
    for (const auto& gradient : {dq, dk, dv}) attention::set_zero(gradient, self.team);
    const QueryBlock queries{q, out_gradient, lse, self.delta, self.home().segments(own.bytes())};
    if (self.node_rotation)
        self.rotate_on_nodes(queries, own, {dq, dk, dv});
    else if (self.query_rotation)
        self.rotate_queries(queries, own, {dq, dk, dv});
    else
        self.rotate_key_values(queries, own, {dq, dk, dv});
    ++self.telemetry.backward_calls;
}

void RingAttention::Implementation::differentiate(const QueryBlock& queries, attention::Positions at,
                                                  const attention::KeyValueView& block, const Gradients& to) {
    const auto& [q, out_gradient, lse, row_deltas, segments] = queries;
    options.backend->backward({{q, at, segments}, out_gradient, lse, row_deltas, block, to.dq, to.dk, to.dv}, scoring(),
                              team);
}

/// What comes home of the gradients of K and V is added to `to`.
Journey RingAttention::Implementation::backward_journey(const Gradients& to) {
    return {"backward", telemetry.backward, [to](RowRange at, std::span<const float> sum) {
                const float* dv = add_dense(sum.data(), rows_of(to.dk, at.first, at.count));
                add_dense(dv, rows_of(to.dv, at.first, at.count));
            }};
}

/// K and V visit; what their gradients get here follows them.
void RingAttention::Implementation::rotate_key_values(const QueryBlock& queries, const KeyValueBlock& own,
                                                      const Gradients& to) {
    auto& rotation = *key_value_rotation;
    const Journey journey = backward_journey(to);
    const auto fold = [&](int hop, std::span<const std::byte> visitor, const Gradients& gradients) {
        if (!schedule.sees(hop)) return;
        timed(journey.costs, hop,
              [&] { differentiate(queries, own_positions(), key_values(hop, own, visitor), gradients); });
    };
    rotation.run(
        journey, [&](RowRange at, std::span<std::byte> memory) { return depart(own, at, memory); },
        [&](int hop, std::span<const std::byte> visitor) {
            if (hop == 0) return fold(hop, visitor, to);
            const auto gradient = rotation.contribution(hop);
            const auto visiting = layout(schedule.arriving(hop).count, Wire::fp32);
            fold(hop, visitor, {to.dq, visiting.k(gradient), visiting.v(gradient)});
            rotation.pass_on(hop, journey);
        });
    rotation.come_home(journey);
}

/// K and V are read in place or visit the node; what their gradients get here is added up on the node.
void RingAttention::Implementation::rotate_on_nodes(const QueryBlock& queries, const KeyValueBlock& own,
                                                    const Gradients& to) {
    auto& rotation = *node_rotation;
    const Journey journey = backward_journey(to);
    const auto fold = [&](const Visit& visit, const Gradients& gradients) {
        if (!sees(visit.owner)) return;
        timed(journey.costs, visit.hop, [&] { differentiate(queries, own_positions(), key_values(visit), gradients); });
    };
    rotation.run(
        journey, own, [&](RowRange at, std::span<std::byte> memory) { return depart(own, at, memory); },
        [&](const Visit& visit) {
            if (visit.hop == 0) return fold(visit, to);
            const auto gradient = rotation.contribution(visit.hop);
            const auto visiting = layout(visit.layout.rows, Wire::fp32);
            fold(visit, {to.dq, visiting.k(gradient), visiting.v(gradient)});
            rotation.pass_on(visit.hop, journey);
        });
    rotation.come_home(journey);
}

/// Queries visit, with what the backward pass needs of them; what dQ gets here follows them.
void RingAttention::Implementation::rotate_queries(const QueryBlock& queries, const KeyValueBlock& own,
                                                   const Gradients& to) {
    auto& rotation = *query_rotation;
    const Journey journey{"backward", telemetry.backward,
                          [&](RowRange, std::span<const float> sum) { add_dense(sum.data(), to.dq); }};
    rotation.make_room(journey);
    const auto seen_elsewhere = travelled(own);
    rotation.run(
        journey,
        [&](RowRange, std::span<std::byte> memory) -> std::span<const std::byte> {
            query_layout(rows).pack(queries, memory);
            return memory;
        },
        [&](int hop, std::span<const std::byte> visitor) {
            if (hop == 0) {
                timed(journey.costs, hop,
                      [&] { differentiate(queries, own_positions(), key_values(hop, own, visitor), to); });
                return;
            }
            const int owner = schedule.owner(hop);
            const auto visiting = query_layout(partition.rows(owner));
            const Gradients gradients{visiting.gradient(rotation.contribution(hop)), to.dk, to.dv};
            if (schedule.is_seen(hop))
                timed(journey.costs, hop, [&] {
                    differentiate(visiting.view(visitor), partition.positions(owner), seen_elsewhere, gradients);
                });
            rotation.pass_on(hop, journey);
        });
    rotation.come_home(journey);
}

}  // namespace gridring::ring
