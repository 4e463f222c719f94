// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/math/matrix.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/model/parameters.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"

namespace gridring::model {

/// From the state x_t of every row and the known features f_u of every target hour u = t + h to quantiles
/// [B][L][horizon][Q]:
///
///   hidden(t,h) = silu(A n_t + E_h + G_u)       n = rms_norm(x),  G_u = W2 silu(W1 f_u), once an hour
///   raw(t,h)    = O hidden + D_h n_t + c_h      one number a quantile
///   median      = baseline + raw_median;        the others lie step(raw_q) > 0 further out, step(r) = (r + sqrt(r² +
///   4)) / 2
///
/// O and D start at 0: the first forecast is the baseline with a band of ±0.3 standard deviations a quantile. Nothing
/// of size L x horizon x hidden is ever stored: backward recomputes it row by row.
class ForecastHead {
public:
    ForecastHead(Parameters& parameters, const std::string& name, const Options& options, std::int64_t target_width);
    void initialise(Parameters& parameters, std::uint64_t seed) const;

    void forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch,
                 std::vector<float>& quantiles);
    /// `dquantiles` has the shape of `quantiles`; it is overwritten. Replaces dx.
    void backward(Parameters& parameters, math::ConstMatrixView x, const Batch& batch, std::vector<float>& dquantiles,
                  math::MatrixView dx);

private:
    void encode_targets(const Parameters& parameters, const Batch& batch);
    void read_out(const Parameters& parameters, const Batch& batch);
    void spread(const Batch& batch, std::vector<float>& quantiles) const;
    void spread_backward(std::vector<float>& dquantiles) const;
    void read_out_backward(Parameters& parameters, const Batch& batch, const std::vector<float>& draw);
    void encode_targets_backward(Parameters& parameters, const Batch& batch);

    std::int64_t horizon_, hidden_, count_, median_;  // count_ = Q, median_ = its index of .5
    RmsNorm norm_;
    Linear state_, direct_, first_, second_;
    std::size_t lead_, out_, offset_;
    std::vector<float> normed_, state_part_, raw_;                // B·L rows: n, A n, raw
    std::vector<float> target_in_, target_hidden_, target_part_;  // B·U rows: W1 f, silu of it, G
    std::vector<float> dnormed_, dstate_part_, dtarget_hidden_, dtarget_part_;
};

}  // namespace gridring::model
