// SPDX-License-Identifier: MIT
#include "model/forecast_head.hpp"

#include <algorithm>
#include <cmath>

#include "model/exponential.hpp"

namespace gridring::model {
namespace {

constexpr float first_band = 0.3f;  // half width of the untrained band, in standard deviations

// A positive step and its slope (Barron 2021's squareplus): like softplus, but cheap and vectorisable.
float step(float raw) { return 0.5f * (raw + std::sqrt(raw * raw + 4.0f)); }
float step_slope(float raw) { return 0.5f * (1.0f + raw / std::sqrt(raw * raw + 4.0f)); }
float step_inverse(float size) { return size - 1.0f / size; }

math::MatrixView sized(std::vector<float>& memory, std::int64_t rows, std::int64_t cols) {
    memory.resize(static_cast<std::size_t>(rows * cols));
    return math::matrix(memory.data(), rows, cols);
}

math::ConstMatrixView view(const std::vector<float>& memory, std::int64_t cols) {
    return math::matrix(memory.data(), static_cast<std::int64_t>(memory.size()) / cols, cols);
}

std::int64_t index_of_median(const std::vector<double>& quantiles) {
    return std::ranges::find(quantiles, 0.5) - quantiles.begin();
}

}  // namespace

ForecastHead::ForecastHead(Parameters& parameters, const std::string& name, const Options& options,
                           std::int64_t target_width)
    : horizon_(options.horizon),
      hidden_(options.head_width),
      count_(static_cast<std::int64_t>(options.quantiles.size())),
      median_(index_of_median(options.quantiles)),
      norm_(parameters, name + ".norm", options.width),
      state_(parameters, name + ".state", options.width, hidden_),
      direct_(parameters, name + ".direct", options.width, horizon_ * count_),
      first_(parameters, name + ".target_first", target_width, hidden_, true),
      second_(parameters, name + ".target_second", hidden_, hidden_),
      lead_(parameters.add(name + ".lead", {horizon_, hidden_}, false)),
      out_(parameters.add(name + ".out.weight", {count_, hidden_}, true)),
      offset_(parameters.add(name + ".out.offset", {horizon_, count_}, false)) {}

void ForecastHead::initialise(Parameters& parameters, std::uint64_t seed) const {
    norm_.initialise(parameters);
    for (const Linear* layer : {&state_, &first_, &second_}) layer->initialise(parameters, seed);
    const auto offset = parameters.value(offset_);
    for (std::int64_t q = 0; q < count_; ++q) {
        if (q == median_) continue;
        const auto steps = static_cast<float>(q < median_ ? median_ : count_ - 1 - median_);
        for (std::int64_t h = 0; h < horizon_; ++h)
            offset[static_cast<std::size_t>(h * count_ + q)] = step_inverse(first_band / steps);
    }
}

void ForecastHead::forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch,
                           std::vector<float>& quantiles) {
    const auto normed = sized(normed_, x.rows, x.cols);
    norm_.forward(parameters, x, normed);
    state_.forward(parameters, normed, sized(state_part_, x.rows, hidden_));
    direct_.forward(parameters, normed, sized(raw_, x.rows, horizon_ * count_));
    encode_targets(parameters, batch);
    read_out(parameters, batch);
    spread(batch, quantiles);
}

void ForecastHead::encode_targets(const Parameters& parameters, const Batch& batch) {
    const std::int64_t rows = batch.batch * batch.hours;
    const auto in = sized(target_in_, rows, hidden_), hidden = sized(target_hidden_, rows, hidden_);
    first_.forward(parameters, math::matrix(batch.target.data(), rows, first_.in), in);
    for (std::size_t i = 0; i < target_in_.size(); ++i) target_hidden_[i] = silu(target_in_[i]);
    second_.forward(parameters, hidden, sized(target_part_, rows, hidden_));
}

/// raw += O silu(A n + E + G) + c.
void ForecastHead::read_out(const Parameters& parameters, const Batch& batch) {
    const float *lead = parameters.value(lead_).data(), *out = parameters.value(out_).data();
    const float* offset = parameters.value(offset_).data();
    std::vector<float> hidden(static_cast<std::size_t>(hidden_));
    float* s = hidden.data();
    for (std::int64_t row = 0; row < batch.batch * batch.rows; ++row) {
        const std::int64_t b = row / batch.rows, l = row % batch.rows;
        const float* a = &state_part_[static_cast<std::size_t>(row * hidden_)];
        const float* g =
            target_part_.data() + (b * batch.hours + batch.first_target[static_cast<std::size_t>(l)]) * hidden_;
        float* raw = &raw_[static_cast<std::size_t>(row * horizon_ * count_)];
        for (std::int64_t h = 0; h < horizon_; ++h) {
            const float *e = lead + h * hidden_, *gh = g + h * hidden_;
#pragma omp simd
            for (std::int64_t c = 0; c < hidden_; ++c) s[c] = silu(a[c] + e[c] + gh[c]);
            for (std::int64_t q = 0; q < count_; ++q) {
                const float* o = out + q * hidden_;
                float dot = 0;
#pragma omp simd reduction(+ : dot)
                for (std::int64_t c = 0; c < hidden_; ++c) dot += o[c] * s[c];
                raw[h * count_ + q] += dot + offset[h * count_ + q];
            }
        }
    }
}

/// From raw numbers to quantiles that never cross.
void ForecastHead::spread(const Batch& batch, std::vector<float>& quantiles) const {
    quantiles.resize(raw_.size());
    for (std::size_t i = 0; i < batch.baseline.size(); ++i) {
        const float* raw = raw_.data() + i * static_cast<std::size_t>(count_);
        float* value = quantiles.data() + i * static_cast<std::size_t>(count_);
        value[median_] = batch.baseline[i] + raw[median_];
        for (std::int64_t q = median_ + 1; q < count_; ++q) value[q] = value[q - 1] + step(raw[q]);
        for (std::int64_t q = median_ - 1; q >= 0; --q) value[q] = value[q + 1] - step(raw[q]);
    }
}

/// Turns d(quantiles) into d(raw) in place: a step moves every quantile further out than itself, the median moves all.
void ForecastHead::spread_backward(std::vector<float>& dquantiles) const {
    for (std::size_t i = 0; i < dquantiles.size(); i += static_cast<std::size_t>(count_)) {
        const float* raw = raw_.data() + i;
        float* d = dquantiles.data() + i;
        float above = 0, below = 0;
        for (std::int64_t q = count_ - 1; q > median_; --q) {
            above += d[q];
            d[q] = above * step_slope(raw[q]);
        }
        for (std::int64_t q = 0; q < median_; ++q) {
            below += d[q];
            d[q] = -below * step_slope(raw[q]);
        }
        d[median_] += above + below;
    }
}

void ForecastHead::backward(Parameters& parameters, math::ConstMatrixView x, const Batch& batch,
                            std::vector<float>& dquantiles, math::MatrixView dx) {
    spread_backward(dquantiles);
    const auto draw = view(dquantiles, horizon_ * count_);
    read_out_backward(parameters, batch, dquantiles);
    encode_targets_backward(parameters, batch);

    const auto normed = view(normed_, x.cols), dstate = view(dstate_part_, hidden_);
    const auto dnormed = sized(dnormed_, x.rows, x.cols);
    state_.backward_weight(parameters, normed, dstate);
    state_.backward_input(parameters, dstate, dnormed);
    direct_.backward_weight(parameters, normed, draw);
    direct_.backward_input(parameters, draw, dnormed, math::Update::add);
    std::fill_n(dx.data, dx.rows * dx.cols, 0.0f);
    norm_.backward(parameters, x, dnormed, dx);
}

void ForecastHead::read_out_backward(Parameters& parameters, const Batch& batch, const std::vector<float>& draw) {
    const float *lead = parameters.value(lead_).data(), *out = parameters.value(out_).data();
    std::vector<float> dlead(static_cast<std::size_t>(horizon_ * hidden_)),
        dout(static_cast<std::size_t>(count_ * hidden_));
    std::vector<float> hidden(static_cast<std::size_t>(hidden_)), dhidden(hidden.size());
    std::vector<double> doffset(static_cast<std::size_t>(horizon_ * count_), 0.0);
    dstate_part_.assign(state_part_.size(), 0.0f);
    dtarget_part_.assign(target_part_.size(), 0.0f);
    const auto flush = [](std::span<float> total, auto& part) {
        for (std::size_t i = 0; i < total.size(); ++i) total[i] += static_cast<float>(part[i]);
        std::ranges::fill(part, 0);
    };
    const std::int64_t rows = batch.batch * batch.rows;
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t b = row / batch.rows, l = row % batch.rows;
        const std::int64_t first = (b * batch.hours + batch.first_target[static_cast<std::size_t>(l)]) * hidden_;
        const std::size_t here = static_cast<std::size_t>(row * hidden_);
        const float *a = &state_part_[here], *d = draw.data() + row * horizon_ * count_;
        float *da = &dstate_part_[here], *s = hidden.data(), *ds = dhidden.data();
        for (std::int64_t i = 0; i < horizon_ * count_; ++i)
            doffset[static_cast<std::size_t>(i)] += static_cast<double>(d[i]);
        for (std::int64_t h = 0; h < horizon_; ++h, d += count_) {
            const float *e = lead + h * hidden_, *g = target_part_.data() + first + h * hidden_;
            float *de = dlead.data() + h * hidden_, *dg = dtarget_part_.data() + first + h * hidden_;
            std::ranges::fill(dhidden, 0.0f);
            for (std::int64_t q = 0; q < count_; ++q) {
                const float* o = out + q * hidden_;
                for (std::int64_t c = 0; c < hidden_; ++c) ds[c] += d[q] * o[c];
            }
#pragma omp simd
            for (std::int64_t c = 0; c < hidden_; ++c) {
                const float z = a[c] + e[c] + g[c], gate = sigmoid(z), dz = ds[c] * silu_slope(z, gate);
                s[c] = z * gate;
                da[c] += dz;
                de[c] += dz;
                dg[c] += dz;
            }
            for (std::int64_t q = 0; q < count_; ++q) {
                float* dop = dout.data() + q * hidden_;
                for (std::int64_t c = 0; c < hidden_; ++c) dop[c] += d[q] * s[c];
            }
        }
        if (row % 64 == 63 || row + 1 == rows) {  // short fp32 sums, so that long segments keep their digits
            flush(parameters.gradient(lead_), dlead);
            flush(parameters.gradient(out_), dout);
        }
    }
    flush(parameters.gradient(offset_), doffset);
}

void ForecastHead::encode_targets_backward(Parameters& parameters, const Batch& batch) {
    const std::int64_t rows = batch.batch * batch.hours;
    const auto dtarget = view(dtarget_part_, hidden_);
    const auto dhidden = sized(dtarget_hidden_, rows, hidden_);
    second_.backward_weight(parameters, view(target_hidden_, hidden_), dtarget);
    second_.backward_input(parameters, dtarget, dhidden);
    for (std::size_t i = 0; i < target_in_.size(); ++i)
        dtarget_hidden_[i] *= silu_slope(target_in_[i], sigmoid(target_in_[i]));
    first_.backward_weight(parameters, math::matrix(batch.target.data(), rows, first_.in), dhidden);
}

}  // namespace gridring::model
