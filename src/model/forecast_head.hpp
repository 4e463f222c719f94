// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/math/matrix.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/model/parameters.hpp"
#include "model/dropout.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"

namespace gridring::model {

/// From the state x of every origin and what is known of every hour ahead, f, to quantiles [O][K][Q]:
///
///   z_0 = f F + n A + b_0      n = rms_norm(x), once an origin          h_0 = silu(z_0)
///   z_i = h_(i-1) W_i + b_i                                             h_i = h_(i-1) + silu(z_i)
///   raw = drop(h_last) O + f D + c   one number a quantile
///   median = baseline + raw_median; the others lie step(raw_q) > 0 further out, step(r) = (r + sqrt(r² + 4)) / 2
///
/// O and D start at 0: the first forecast is the baseline with a band of ±0.3 scaled units. Works on chunks of rows and
/// keeps but n: backward recomputes the hidden values of a chunk while they are in cache.
class ForecastHead {
public:
    ForecastHead(Parameters& parameters, const std::string& name, const Options& options, std::int64_t target_width);
    void initialise(Parameters& parameters, std::uint64_t seed) const;

    std::int64_t levels() const { return count_; }  ///< Q

    /// `x` has all B·L rows.
    void forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch, math::ThreadTeam& team,
                 std::vector<float>& quantiles);
    /// `dquantiles` has the shape of `quantiles`; it is overwritten. Adds to the origins' rows of dx. One sum of
    /// gradients for each thread of the team.
    void backward(const Parameters& parameters, std::span<const GradientSum> gradients, math::ConstMatrixView x,
                  const Batch& batch, math::ThreadTeam& team, std::vector<float>& dquantiles, math::MatrixView dx);

private:
    struct Chunk;
    template <class Visit>
    void for_each_chunk(const Batch& batch, math::ThreadTeam& team, const Visit& visit);
    void pack(const Parameters& parameters);
    void hide(const Parameters& parameters, const Chunk& chunk) const;
    void drop(const Chunk& chunk, math::MatrixView rows) const;
    void spread(const Batch& batch, const Chunk& chunk, std::vector<float>& quantiles) const;
    void spread_backward(const Chunk& chunk, std::vector<float>& dquantiles) const;
    void chunk_backward(const Parameters& parameters, const GradientSum& gradients, const Chunk& chunk,
                        math::ConstMatrixView draw);

    Dropout dropout_;
    std::int64_t hidden_, count_, median_;  // count_ = Q, median_ = its index of .5
    RmsNorm norm_;
    Linear state_, target_;
    std::vector<Linear> deeper_;
    Linear out_, direct_;
    std::vector<float> origin_, normed_, state_part_, raw_;  // O rows: x, n, n A; O·K rows: raw
    math::PackedMatrix target_weight_;
    std::vector<math::PackedMatrix> deeper_weights_, deeper_back_;
    std::vector<float> dorigin_, dnormed_, dstate_part_;
    std::vector<std::vector<float>> memory_;  // of each thread: a chunk
};

}  // namespace gridring::model
