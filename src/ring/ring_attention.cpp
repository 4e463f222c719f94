// SPDX-License-Identifier: MIT
#include "gridring/ring/ring_attention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "gridring/core/error.hpp"
#include "ring/rotation.hpp"

namespace gridring::ring {
namespace {

using attention::ConstHeads;
using attention::Heads;

/// Runs `work` and adds the time it took.
template <class Work>
void timed(double& seconds, const Work& work) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    work();
    seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

/// Calls visit(offset) for every row of a tensor: heads * head_dim neighbouring floats.
template <class Visit>
void for_each_row(const ConstHeads& tensor, const Visit& visit) {
    for (std::int64_t b = 0; b < tensor.batch; ++b)
        for (std::int64_t l = 0; l < tensor.rows; ++l) visit(b * tensor.batch_stride + l * tensor.row_stride);
}

void set_zero(const Heads& tensor) {
    for_each_row(tensor, [&](std::int64_t at) { std::fill_n(tensor.data + at, tensor.heads * tensor.head_dim, 0.0F); });
}

void copy(const Heads& dense, const Heads& to) {
    const float* from = dense.data;
    for_each_row(to, [&](std::int64_t at) {
        std::copy_n(from, to.heads * to.head_dim, to.data + at);
        from += to.heads * to.head_dim;
    });
}

std::string describe(const Partition& partition, const attention::Shape& shape, const Options& options) {
    std::vector<std::int64_t> rows;
    for (int rank = 0; rank < partition.ranks(); ++rank) rows.push_back(partition.rows(rank));
    return fmt::format("T {}, {}, rows {}, batch {}, heads {}, kv_heads {}, head_dim {}, {}", partition.steps(),
                       to_string(partition.scheme()), fmt::join(rows, " "), shape.batch, shape.heads, shape.kv_heads,
                       shape.head_dim, options.mask.is_causal ? "causal" : "not causal");
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

struct RingAttention::Implementation {
    Implementation(const comm::Communicator& communicator, Partition split, const attention::Shape& of,
                   const Options& how)
        : ring(communicator),
          partition(std::move(split)),
          shape(of),
          options(how),
          rotation(ring, partition, shape, options.exchange),
          team(options.threads),
          rows(partition.rows(ring.rank())),
          delta(static_cast<std::size_t>(shape.batch * shape.heads * rows)) {
        forget_costs();
    }
    void forget_costs() {
        const auto hops = static_cast<std::size_t>(rotation.hops());
        telemetry = {std::vector<HopCost>(hops), std::vector<HopCost>(hops)};
    }
    /// Checked before the first exchange starts: afterwards nothing may throw.
    void expect_tensor(const ConstHeads& tensor, std::int64_t heads) const {
        expects(tensor.batch == shape.batch && tensor.rows == rows && tensor.heads == heads &&
                    tensor.head_dim == shape.head_dim,
                "ring attention: tensors are batch x L x heads x head_dim");
    }
    void expect_rows(const KeyValueBlock& own, std::span<const float> lse) const {
        expects(own.rows() == rows && own.bytes().size() == rotation.layout(0).bytes(),
                "ring attention: the block has L rows");
        expects(lse.size() == delta.size(), "ring attention: lse is batch x heads x L");
    }

    const comm::Communicator& ring;
    Partition partition;
    attention::Shape shape;
    Options options;
    Rotation rotation;
    math::ThreadTeam team;
    std::int64_t rows;
    std::vector<float> delta;
    Telemetry telemetry;
};

RingAttention::RingAttention(const comm::Communicator& ring, Partition partition, const attention::Shape& shape,
                             const Options& options) {
    expects(partition.ranks() == ring.size(), "RingAttention: the partition is made for the ranks of the ring");
    expects(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "RingAttention: kv_heads divides heads");
    agree_on_problem(ring, describe(partition, shape, options));
    self_ = std::make_unique<Implementation>(ring, std::move(partition), shape, options);
}
RingAttention::~RingAttention() = default;

const Partition& RingAttention::partition() const { return self_->partition; }
const attention::Shape& RingAttention::shape() const { return self_->shape; }
std::int64_t RingAttention::rows() const { return self_->rows; }
attention::Positions RingAttention::positions() const { return self_->partition.positions(self_->ring.rank()); }
KeyValueBlock RingAttention::make_block() const { return {self_->shape, rows()}; }
const Telemetry& RingAttention::telemetry() const { return self_->telemetry; }
void RingAttention::reset_telemetry() { self_->forget_costs(); }

void RingAttention::forward(const ConstHeads& q, const KeyValueBlock& own, const Heads& out, std::span<float> lse) {
    auto& self = *self_;
    for (const auto& tensor : {q, ConstHeads(out)}) self.expect_tensor(tensor, self.shape.heads);
    self.expect_rows(own, lse);

    auto& costs = self.telemetry.forward;
    const attention::SoftmaxState state{out, lse, self.delta};
    const attention::QueryView queries{q, positions(), {}};
    attention::reset(state);
    self.rotation.run(own.bytes(), costs, [&](int hop, const attention::KeyValueView& block) {
        timed(costs[static_cast<std::size_t>(hop)].compute_seconds, [&] {
            self.options.backend->accumulate(queries, block, {self.options.mask, self.options.scale}, state, self.team);
        });
    });
    attention::finish(state, lse);
    ++self.telemetry.forward_calls;
}

void RingAttention::backward(const ConstHeads& q, const KeyValueBlock& own, const ConstHeads& out,
                             std::span<const float> lse, const ConstHeads& out_gradient, const Heads& dq,
                             const Heads& dk, const Heads& dv) {
    auto& self = *self_;
    for (const auto& tensor : {q, out, out_gradient, ConstHeads(dq)}) self.expect_tensor(tensor, self.shape.heads);
    for (const auto& tensor : {dk, dv}) self.expect_tensor(tensor, self.shape.kv_heads);
    self.expect_rows(own, lse);

    auto& costs = self.telemetry.backward;
    attention::row_delta(out, out_gradient, self.delta);
    set_zero(dq);
    self.rotation.run(own.bytes(), costs, [&](int hop, const attention::KeyValueView& block) {
        const auto layout = self.rotation.layout(hop);
        const auto gradient = self.rotation.contribution(hop);
        const attention::BackwardBlock step{{q, positions(), {}}, out_gradient,      lse, self.delta, block, dq,
                                            layout.k(gradient),   layout.v(gradient)};
        timed(costs[static_cast<std::size_t>(hop)].compute_seconds, [&] {
            self.options.backend->backward(step, {self.options.mask, self.options.scale}, self.team);
        });
        self.rotation.pass_on(hop, costs);
    });
    const auto gradient = self.rotation.gradient_at_home(costs);
    copy(self.rotation.layout(0).k(gradient), dk);
    copy(self.rotation.layout(0).v(gradient), dv);
    ++self.telemetry.backward_calls;
}

}  // namespace gridring::ring
