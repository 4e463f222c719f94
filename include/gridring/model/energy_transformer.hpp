// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gridring/model/parameters.hpp"
#include "gridring/ring/ring_attention.hpp"

namespace gridring::model {

/// Sizes of the network. C = width = heads · head_dim.
struct Options {
    std::int64_t layers = 2;
    std::int64_t width = 64;    ///< C
    std::int64_t heads = 2;     ///< H, divides width; head_dim = width / heads must be even (rotary)
    std::int64_t kv_heads = 2;  ///< divides heads
    std::int64_t feed_forward = 128;
    std::int64_t head_width = 64;                       ///< hidden width of the forecast head
    std::int64_t horizon = 24;                          ///< hours every position predicts
    std::vector<double> quantiles = {0.05, 0.5, 0.95};  ///< increasing, contains .5; predicted without crossing
    double rope_base = 10000.0;                         ///< rotary position base (Su et al. 2021)
};

/// Widths of what a batch brings; fixed by the feature code (train/features.hpp), part of the checkpoint.
struct InputWidths {
    std::int64_t token = 0;  ///< features of the hour itself
    std::int64_t target =
        0;  ///< known features of one target hour (its calendar, its value a day and a week before, …)
};

/// This rank's rows of a batch of B sequences: L = ring.rows() rows of each, in ring.positions() order. What is known
/// of a target hour does not depend on the row that predicts it, so it is held once an hour: U = about L + horizon
/// hours.
struct Batch {
    std::int64_t batch = 0, rows = 0;  ///< B, L
    std::int64_t hours = 0;            ///< U, distinct target hours of one sequence
    std::vector<float> token;          ///< [B][L][token]
    std::vector<float> target;         ///< [B][U][target]
    std::vector<std::int64_t>
        first_target;             ///< [L]: row l predicts the target hours first_target[l] … + horizon - 1 of U
    std::vector<float> baseline;  ///< [B][L][horizon]: what the head corrects (scaled seasonal value), scaled units
    std::vector<float> actual;    ///< [B][L][horizon], scaled units; any finite value where the weight is 0
    std::vector<float> weight;    ///< [B][L][horizon]: 0 = not learnt from (missing, flagged, outside the span)
    std::vector<std::uint8_t> key_is_valid;  ///< [B][L]; 0 = this hour is no key
};

/// Causal decoder; every position predicts its next `horizon` hours: pre-norm blocks of ring attention with rotary
/// positions and a gated feed-forward, then a head that sees the position's state and the known features of the target
/// hour: quantiles = baseline + correction, the median first and the others as positive steps away from it (never
/// crossing). Every rank holds all parameters and L rows of activations.
class EnergyTransformer {
public:
    /// Initialised from `seed`, the same on every rank.
    EnergyTransformer(const Options& options, const InputWidths& widths, std::uint64_t seed);
    ~EnergyTransformer();

    const Options& options() const;
    const InputWidths& widths() const;
    Parameters& parameters();
    const Parameters& parameters() const;
    /// What RingAttention must be built with for batches of `batch` sequences.
    attention::Shape attention_shape(std::int64_t batch) const;

    /// Quantile forecasts [B][L][horizon][quantiles] in scaled units. Keeps what backward() needs. Collective over the
    /// ring.
    std::span<const float> forward(const Batch& batch, ring::RingAttention& attention);

    struct Loss {
        double sum = 0;     ///< of weight · pinball over this rank's rows, horizon and quantiles (mean over quantiles)
        double weight = 0;  ///< sum of weights on this rank
    };
    /// Pinball loss of the last forward(). Local.
    Loss loss(const Batch& batch) const;

    /// Adds d(loss.sum · scale)/dθ of this rank's rows to parameters().gradients(); the caller sums over ranks. `scale`
    /// is 1 / total weight of the whole batch over all ranks. Collective over the ring.
    void backward(const Batch& batch, ring::RingAttention& attention, double scale);

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace gridring::model
