// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gridring/model/key_value_caches.hpp"
#include "gridring/model/linear_baseline.hpp"
#include "gridring/model/parameters.hpp"
#include "gridring/ring/ring_attention.hpp"

namespace gridring::model {

/// What the median is trained to be.
enum class Objective {
    quantile,  ///< the median, by its pinball loss
    squared,   ///< the mean, by the square of the error; the other quantiles as before
};

constexpr std::int64_t most_kept_bytes = std::int64_t{512} << 20;  ///< EnergyTransformer::keep_at_most

/// Sizes of the network. C = width = heads · head_dim.
struct Options {
    std::int64_t layers = 2;
    std::int64_t width = 64;    ///< C
    std::int64_t heads = 2;     ///< H, divides width; head_dim = width / heads must be even (rotary)
    std::int64_t kv_heads = 2;  ///< divides heads
    std::int64_t feed_forward = 128;
    std::int64_t head_width = 64;                       ///< hidden width of the forecast head
    std::int64_t head_layers = 2;                       ///< hidden layers of it
    std::vector<std::int64_t> head_ends = {};           ///< last leads of heads of their own, increasing; [24] = one
                                                        ///< for 1 … 24, one for all beyond; [] = one for all
    std::int64_t horizon = 24;                          ///< the furthest lead that is learnt [h]
    std::vector<double> quantiles = {0.05, 0.5, 0.95};  ///< increasing, contains .5; predicted without crossing
    double dropout = 0;                                 ///< of embedded hours and of the head's last hidden values
    double rope_base = 10000.0;                         ///< rotary position base (Su et al. 2021)
    Objective objective = Objective::quantile;
};

/// Widths of what a batch brings; fixed by the feature code (train/features.hpp), part of the checkpoint.
struct InputWidths {
    std::int64_t token = 0;  ///< features of the hour itself
    std::int64_t target =
        0;  ///< what is known at an origin of one hour ahead: its calendar, the same hour of past days
};

/// This rank's rows of a batch of B sequences: L = ring.rows() rows of each, in ring.positions() order. Some of them
/// are origins of forecasts: O on this rank, each of the same K leads.
struct Batch {
    std::int64_t batch = 0, rows = 0;        ///< B, L
    std::vector<float> token;                ///< [B][L][token]
    std::vector<std::uint8_t> key_is_valid;  ///< [B][L]; 0 = this hour is no key

    std::vector<std::uint64_t> row_keys;  ///< [B][L] what masks of dropout follow from; empty = none drops

    std::vector<std::int64_t> origins;  ///< [O] increasing indices into the B·L rows
    std::vector<std::int64_t> leads;    ///< [K] increasing, from 1
    std::vector<float> target;          ///< [O][K][target]
    std::vector<float> baseline;        ///< [O][K]: what the head corrects, scaled units
    std::vector<float> actual;          ///< [O][K], scaled units; any finite value where the weight is 0
    std::vector<float> weight;          ///< [O][K]: 0 = not learnt from (missing, flagged, outside the span)
};

/// Causal decoder; any position can forecast the hours after it: pre-norm blocks of ring attention with rotary
/// positions and a gated feed-forward, then a head that sees the position's state and what is known of the hour ahead:
/// quantiles = baseline + correction, the median first and the others as positive steps away from it (never crossing).
/// Every rank holds all parameters and L rows of activations.
class EnergyTransformer {
public:
    /// Initialised from `seed`, the same on every rank.
    EnergyTransformer(const Options& options, const InputWidths& widths, std::uint64_t seed);
    ~EnergyTransformer();

    const Options& options() const;
    const InputWidths& widths() const;
    Parameters& parameters();
    const Parameters& parameters() const;
    /// What its baselines are made with: kept with the parameters, but not learnt by steps. Empty unless set.
    const LinearBaseline& baseline() const;
    void set_baseline(LinearBaseline baseline);
    /// What RingAttention must be built with for batches of `batch` sequences.
    attention::Shape attention_shape(std::int64_t batch) const;

    /// Hidden values of the feed-forward that forward() keeps for backward(), layer by layer from the first, on this
    /// rank; layers beyond compute them once more (a seventh of a step's products). Same bits either way.
    /// most_kept_bytes unless called.
    void keep_at_most(std::int64_t bytes);

    /// Quantile forecasts [O][K][quantiles] in scaled units. Keeps what backward() needs. Collective over the
    /// ring.
    std::span<const float> forward(const Batch& batch, ring::RingAttention& attention);

    /// Quantile forecasts like forward(), from hours that come behind those in `caches`, which take them up: the batch
    /// holds the same new hours [B][n] on every rank, but may ask for other origins on each. What a day costs does not
    /// grow with the hours before it but in their attention. Keeps nothing for backward(). Collective over the caches'
    /// ring.
    std::span<const float> append(const Batch& batch, KeyValueCaches& caches);

    /// How the last forward(), on a ring of one rank, spread its attention: [layers][heads][rows], what the origins of
    /// the batch gave to keys so many hours before them, summed over the origins (each head gives 1 in all).
    std::vector<double> attention_shares(const Batch& batch);

    struct Loss {
        double sum = 0;     ///< of weight · loss over this rank's origins, leads and quantiles (mean over quantiles)
        double weight = 0;  ///< sum of weights on this rank
    };
    /// Loss of the last forward(). Local.
    Loss loss(const Batch& batch) const;

    /// Adds d(loss.sum · scale)/dθ of this rank's rows to parameters().gradients(); the caller sums over ranks. `scale`
    /// is 1 / total weight of the whole batch over all ranks. Collective over the ring.
    void backward(const Batch& batch, ring::RingAttention& attention, double scale);

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace gridring::model
