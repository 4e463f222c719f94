// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/attention/block_kernel.hpp"

namespace gridring::attention::simd {

// The contracts of Backend::accumulate and Backend::backward.
void accumulate(const QueryView& queries, const KeyValueView& block, const Scoring& scoring, const SoftmaxState& state,
                math::ThreadTeam& team);
void backward(const BackwardBlock& step, const Scoring& scoring, math::ThreadTeam& team);

}  // namespace gridring::attention::simd
