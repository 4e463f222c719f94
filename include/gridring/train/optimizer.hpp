// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/math/thread_team.hpp"
#include "gridring/model/parameters.hpp"

namespace gridring::train {

struct OptimizerOptions {
    double learning_rate = 6e-3;   ///< peak
    double final_fraction = 0.02;  ///< cosine ends at learning_rate · final_fraction
    std::int64_t warmup_steps = 20;
    double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8;
    double weight_decay = 1.0;  ///< decoupled; only on views that say is_decayed
    double clip_norm = 1.0;     ///< global gradient norm; 0 = no clipping
    /// Of an exponential moving average of the parameters, in [0, 1); 0 = none is kept. Step t (from 0) takes
    /// min(average_decay, (1 + t) / (10 + t)), so that the first steps are soon forgotten.
    double average_decay = 0;
};

/// Linear warm-up to the peak, then cosine to the final fraction at `steps` (Loshchilov & Hutter 2017).
double learning_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps);

/// AdamW (Loshchilov & Hutter 2019) for one share of the flat buffer, which may begin and end within views; its state
/// is of that share alone (ZeRO, Rajbhandari et al. 2020, stage 1). State is public so that a checkpoint can carry it.
class AdamW {
public:
    /// The average, where one is kept, starts from the parameters as they are.
    AdamW(const model::Parameters& parameters, comm::Share share, const OptimizerOptions& options);

    /// Sum of the squares of the share's gradients, in fp64.
    double squares(const model::Parameters& parameters, math::ThreadTeam& team) const;
    /// One update of the share by its (already summed) gradients, and of the average; `step` counts from 0. `norm` is
    /// that of the whole gradient. Throws NumericError when it is not finite; the parameters are then untouched.
    void update(model::Parameters& parameters, double norm, std::int64_t step, std::int64_t steps,
                math::ThreadTeam& team);

    comm::Share share() const { return share_; }
    const OptimizerOptions& options() const { return options_; }

    std::vector<float> first_moment, second_moment;  ///< one value a parameter of the share
    std::vector<float> average;                      ///< the same; empty unless average_decay > 0

private:
    struct Rates;
    void update(model::Parameters& parameters, comm::Share piece, const Rates& rates);

    comm::Share share_;
    OptimizerOptions options_;
};

/// One step over all ranks, each with its own summand of the gradients and the AdamW of its share: sums the gradients,
/// each share where it is needed, updates it there and gives the new parameters to all. Returns the gradient norm
/// before clipping (fp64), the same bits on every rank; throws as AdamW::update does, on every rank. Afterwards the
/// gradients outside the share are of no use. Same bits for any number of threads. Collective.
double update(const comm::Communicator& ranks, model::Parameters& parameters, AdamW& optimizer, std::int64_t step,
              std::int64_t steps, math::ThreadTeam& team);

/// Puts the averages, where they are kept, in place of the parameters, on every rank. Returns what they replaced of the
/// own share, for restore_parameters(). Collective.
std::vector<float> use_average(const comm::Communicator& ranks, model::Parameters& parameters, const AdamW& optimizer);
/// Undoes use_average(). Collective.
void restore_parameters(const comm::Communicator& ranks, model::Parameters& parameters, const AdamW& optimizer,
                        const std::vector<float>& replaced);

}  // namespace gridring::train
