// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/attention/block_kernel.hpp"

namespace gridring::attention::simd {

// The contracts of Backend::accumulate and Backend::backward.
void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam& team);
/// The same with products of bf16 pairs. Pre: bf16_kernels() go with this machine and with micro_kernels().
void accumulate_bf16(const QueryView& queries, const KeyValueView& block, const Scoring& scoring,
                     const SoftmaxState& state, math::ThreadTeam& team);
void backward(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam& team);

}  // namespace gridring::attention::simd
