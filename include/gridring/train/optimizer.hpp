// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/model/parameters.hpp"

namespace gridring::train {

struct OptimizerOptions {
    double learning_rate = 6e-3;   ///< peak
    double final_fraction = 0.02;  ///< cosine ends at learning_rate · final_fraction
    std::int64_t warmup_steps = 20;
    double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8;
    double weight_decay = 1.0;  ///< decoupled; only on views that say is_decayed
    double clip_norm = 1.0;     ///< global gradient norm; 0 = no clipping
};

/// Linear warm-up to the peak, then cosine to the final fraction at `steps` (Loshchilov & Hutter 2017).
double learning_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps);

/// AdamW (Loshchilov & Hutter 2019) over the flat buffer. State is public so that a checkpoint can carry it.
class AdamW {
public:
    AdamW(const model::Parameters& parameters, const OptimizerOptions& options);
    /// One update with the (already summed) gradients; `step` counts from 0. Returns the gradient norm before clipping
    /// (fp64). Throws NumericError when it is not finite; the parameters are then untouched.
    double update(model::Parameters& parameters, std::int64_t step, std::int64_t steps);

    std::vector<float> first_moment, second_moment;

private:
    OptimizerOptions options_;
};

}  // namespace gridring::train
