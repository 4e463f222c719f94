// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gridring/attention/heads.hpp"
#include "gridring/math/thread_team.hpp"

namespace gridring::attention {

/// This rank's queries: q is batch x L x heads x head_dim.
struct QueryView {
    ConstHeads q;
    Positions positions;  ///< L, strictly increasing
    Segments segments;    ///< batch x L; empty = one sequence
};

/// One key/value block as it visits: k and v are batch x M x kv_heads x head_dim.
struct KeyValueView {
    ConstHeads k, v;
    Positions positions;   ///< M, strictly increasing
    KeyValidity validity;  ///< empty = all valid
    Segments segments;     ///< batch x M; empty = one sequence
};

/// Running softmax of this rank's queries over the blocks folded so far, in memory of the caller. Carried raw across
/// blocks and normalised once by finish(). With s = scale q·k log2(e), every weight is 2^(s - max): `max` is the
/// exponent that all weights of a row are relative to, at most a few units below the largest s so far.
struct SoftmaxState {
    Heads acc;             ///< batch x L x heads x head_dim; sum of weight · v; may be the output itself
    std::span<float> max;  ///< batch x heads x L
    std::span<float> sum;  ///< batch x heads x L; of the weights
};
/// {acc, max, sum} = {0, -inf, 0}.
void reset(const SoftmaxState& state, math::ThreadTeam& team);
/// Normalises in place: acc becomes the output acc / sum, lse (batch x heads x L; may be state.max) the natural
/// log-sum-exp of the scores. A row that saw no key gives 0 and -inf, never NaN;
/// one with a score above fp32 NaN. Beyond ±1e8 fp32 has no digit of a score left behind the point, and results may be
/// NaN; below -1e29 keys count as not seen.
void finish(const SoftmaxState& state, std::span<float> lse, math::ThreadTeam& team);

/// Everything a backward step over one block needs. Gradients are ADDED to dq, dk and dv.
struct BackwardBlock {
    QueryView queries;
    ConstHeads out_gradient;       ///< batch x L x heads x head_dim
    std::span<const float> lse;    ///< batch x heads x L, from finish()
    std::span<const float> delta;  ///< batch x heads x L, row sums of out_gradient ∘ out
    KeyValueView block;
    Heads dq;      ///< batch x L x heads x head_dim
    Heads dk, dv;  ///< batch x M x kv_heads x head_dim
};

/// One CPU or device implementation; chosen at run time. All functions are local (no MPI), write only through their
/// views, and do not throw. Work is spread over the threads of `team`; the same number of threads gives the same bits.
struct Backend {
    std::string_view name;
    std::string_view instructions;  ///< what it runs on here: "AVX-512", "AVX2", …
    /// Folds one visiting block into `state`. Tiles are skipped, full or diagonal by positions and segments.
    /// Source: Milakov & Gimelshein 2018 (algorithm 3), Dao et al. 2022.
    void (*accumulate)(const QueryView& queries, const KeyValueView& block, const Scoring& scoring,
                       const SoftmaxState& state, math::ThreadTeam& team);
    /// Gradients of one (query block, key block) pair, recomputing the probabilities from log-sum-exp. Dao et al. 2022,
    /// alg. 4.
    void (*backward)(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam& team);
};

/// Portable: tiles as Eigen expressions.
const Backend& eigen_backend();
/// Hand-made kernels for the widest vectors of this machine, chosen at run time. GRIDRING_SIMD=avx2 or =baseline in the
/// environment holds it to less.
const Backend& simd_backend();
/// As simd_backend(), with products of bf16 pairs summed in fp32 in the forward pass; backward is that of
/// simd_backend(). nullptr on a machine without bf16 dot products.
const Backend* simd_bf16_backend();
/// "simd", "simd-bf16" or "eigen"; throws ConfigError naming the ones there are here.
const Backend& find_backend(std::string_view name);

/// delta[b,h,l] = sum over d of out · out_gradient, in fp32 with fp64 sums.
void row_delta(const ConstHeads& out, const ConstHeads& out_gradient, std::span<float> delta, math::ThreadTeam& team);

}  // namespace gridring::attention
