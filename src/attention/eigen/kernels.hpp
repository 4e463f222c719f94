// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/attention/block_kernel.hpp"

namespace gridring::attention::eigen {

// The contracts of Backend::accumulate and Backend::backward.
void accumulate(const ConstHeads& q, Positions q_positions, const KeyValueView& block, const Mask& mask,
                SoftmaxState& state);
void backward(const BackwardBlock& step, const Mask& mask);

}  // namespace gridring::attention::eigen
