// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/hashed_tensors.hpp"
#include "gridring/comm/communicator.hpp"

namespace gridring::app {

struct SampledError {
    std::string tensor;  ///< "out", "lse", "dq", "dk", "dv"
    double max_abs = 0, relative_l2 = 0;
};

/// `samples` rows of what `mine` holds against the same rows computed densely in double: out, lse and dq of sampled
/// queries from the hashed inputs alone, dk and dv of sampled keys with log-sum-exp and out as `mine` holds them. So
/// sequences can be checked that no process could hold. `ring` may be nullptr for one process; the same on every rank.
/// Collective.
std::vector<SampledError> check_samples(const comm::Communicator* ring, HashedTensors& mine, std::int64_t steps,
                                        const attention::Scoring& scoring, std::int64_t samples);

std::string describe(const std::vector<SampledError>& errors);  ///< one line
nlohmann::json to_json(const std::vector<SampledError>& errors);
/// Throws NumericError where any relative error is above what fp32 (bf16: keys, values or products of 8 bits) explains.
void require_small(const std::vector<SampledError>& errors, bool is_bf16);

}  // namespace gridring::app
