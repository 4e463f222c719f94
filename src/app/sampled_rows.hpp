// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/hashed_tensors.hpp"

namespace gridring::app {

/// Of sampled queries, in their order.
struct QueryRows {
    std::vector<double> out, lse, dq;  ///< samples x heads x head_dim, samples x heads, like out
};
/// Dense attention in double of the queries at `positions` over all `steps` keys, from hashed inputs; keys and values
/// are made piece by piece. dq only where asked for.
QueryRows dense_query_rows(const attention::Shape& shape, std::int64_t steps, const attention::Mask& mask, double scale,
                           std::span<const std::int64_t> positions, bool has_gradient);

/// Of sampled keys, in their order.
struct KeyRows {
    std::vector<double> dk, dv;  ///< samples x kv_heads x head_dim
};
/// What the queries of this rank add to the gradients of the keys at `positions`, in double; the sum over ranks is the
/// gradient.
KeyRows dense_key_rows(HashedTensors& mine, const attention::Mask& mask, double scale,
                       std::span<const std::int64_t> positions);

}  // namespace gridring::app
