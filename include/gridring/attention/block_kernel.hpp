// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gridring/attention/heads.hpp"

namespace gridring::attention {

/// One key/value block as it visits: k and v are batch x M x kv_heads x head_dim.
struct KeyValueView {
    ConstHeads k, v;
    Positions positions;   ///< M, strictly increasing
    KeyValidity validity;  ///< empty = all valid
};

/// Running softmax of this rank's queries over the blocks folded so far. Carried raw across blocks and normalised once
/// by finish(): out = acc / sum, log-sum-exp = max + log(sum); a row that saw no key gives 0 and -inf, never NaN. fp32:
/// max and sum are batch x heads x L, acc is batch x L x heads x head_dim.
struct SoftmaxState {
    SoftmaxState(const Shape& shape, std::int64_t rows);
    void reset();  ///< {acc, max, sum} = {0, -inf, 0}

    Shape shape;
    std::int64_t rows;
    std::vector<float> acc, max, sum;
};

/// Everything a backward step over one block needs. Gradients are ADDED to dq, dk and dv.
struct BackwardBlock {
    ConstHeads q, out_gradient;    ///< batch x L x heads x head_dim
    Positions q_positions;         ///< L
    std::span<const float> lse;    ///< batch x heads x L, from finish()
    std::span<const float> delta;  ///< batch x heads x L, row sums of out_gradient ∘ out
    KeyValueView block;
    Heads dq;      ///< batch x L x heads x head_dim
    Heads dk, dv;  ///< batch x M x kv_heads x head_dim
};

/// One CPU or device implementation; chosen at run time. All functions are local (no MPI), write only through their
/// views, and do not throw. The softmax scale is 1/sqrt(head_dim).
struct Backend {
    std::string_view name;
    /// Folds one visiting block into `state`. Tiles are skipped, full or diagonal by positions.
    /// Source: Milakov & Gimelshein 2018 (algorithm 3), Dao et al. 2022.
    void (*accumulate)(const ConstHeads& q, Positions q_positions, const KeyValueView& block, const Mask& mask,
                       SoftmaxState& state);
    /// Gradients of one (query block, key block) pair, recomputing the probabilities from log-sum-exp. Dao et al. 2022,
    /// alg. 4.
    void (*backward)(const BackwardBlock& step, const Mask& mask);
};

/// Portable: tiles as Eigen expressions.
const Backend& eigen_backend();
/// "eigen"; throws ConfigError naming the ones there are.
const Backend& find_backend(std::string_view name);

/// Normalises: out is batch x L x heads x head_dim, lse batch x heads x L.
void finish(const SoftmaxState& state, const Heads& out, std::span<float> lse);

/// delta[b,h,l] = sum over d of out · out_gradient, in fp32 with fp64 sums.
void row_delta(const ConstHeads& out, const ConstHeads& out_gradient, std::span<float> delta);

}  // namespace gridring::attention
