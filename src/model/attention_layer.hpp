// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/large_pages.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/model/parameters.hpp"
#include "gridring/ring/key_value_cache.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"
#include "model/rotary.hpp"

namespace gridring::model {

/// Memory that all layers share, since they run one after the other.
struct AttentionScratch {
    std::vector<TensorMemory> normed, dnormed;  ///< of each thread: a chunk
    TensorMemory dout, dq, dk, dv;
    TensorMemory new_q, new_k, new_v, new_out, new_lse;  ///< of append()
    math::PackedMatrix query, key, value, out;           ///< weights as products take them
};

/// y = x + Wo ring_attention(rotary(Wq n), rotary(Wk n), Wv n) with n = rms_norm(x). Rows are B·L x C.
/// Keeps q, the key/value block, the output and its log-sum-exp; backward recomputes the norm.
class AttentionLayer {
public:
    AttentionLayer(Parameters& parameters, const std::string& name, const attention::Shape& shape);
    /// `residual_gain` scales the projection back into the stream.
    void initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const;

    /// Collective over the ring. `validity` is [B][L], 0 = no key.
    void forward(const Parameters& parameters, math::ConstMatrixView x, const std::vector<std::uint8_t>& validity,
                 const Rotary& rotary, ring::RingAttention& ring, AttentionScratch& scratch, math::MatrixView y);
    /// The same for hours behind those in `cache`: `x`, `validity` and `y` hold rows [B][n] at `positions`, for which
    /// `rotary` is prepared, the same on every rank; this rank's `share` of their keys and values enters the cache.
    /// Keeps nothing for backward. Collective over the cache's ring.
    void append(const Parameters& parameters, math::ConstMatrixView x, const std::vector<std::uint8_t>& validity,
                const Rotary& rotary, attention::Positions positions, ring::KeyValueCache::Share share,
                ring::KeyValueCache& cache, AttentionScratch& scratch, math::MatrixView y) const;
    /// `dx` holds dy on entry and the gradient of x on return. Collective over the ring.
    /// One sum of gradients for each thread of the ring's team.
    void backward(const Parameters& parameters, std::span<const GradientSum> gradients, math::ConstMatrixView x,
                  const Rotary& rotary, ring::RingAttention& ring, AttentionScratch& scratch, math::MatrixView dx);

    /// Adds to `shares` [heads][L] how the last forward() on a ring of one rank spread its attention: of row i of
    /// `rows` (numbers in B·L), what went to the keys so many hours before it. `validity` as in forward().
    void add_shares(std::span<const std::int64_t> rows, const std::vector<std::uint8_t>& validity,
                    std::span<double> shares);

private:
    struct Projected {
        attention::Heads q, k, v;
    };
    void project(const Parameters& parameters, math::ConstMatrixView x, const Rotary& rotary, math::ThreadTeam& team,
                 AttentionScratch& scratch, const Projected& to) const;
    void add_out(math::ConstMatrixView x, math::ConstMatrixView mixed, math::ThreadTeam& team,
                 AttentionScratch& scratch, math::MatrixView y) const;
    void backward_projections(const Parameters& parameters, std::span<const GradientSum> gradients,
                              math::ConstMatrixView x, const Projected& d, const Rotary& rotary, math::ThreadTeam& team,
                              AttentionScratch& scratch, math::MatrixView dx);
    void adopt(const ring::RingAttention& ring);

    RmsNorm norm_;
    Linear query_, key_, value_, out_;
    attention::Shape shape_;
    std::optional<ring::KeyValueBlock> block_;
    TensorMemory q_, mixed_, lse_;
};

}  // namespace gridring::model
