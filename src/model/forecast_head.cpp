// SPDX-License-Identifier: MIT
#include "model/forecast_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/exponential.hpp"
#include "model/pinball.hpp"
#include "model/row_parts.hpp"

namespace gridring::model {
namespace {

constexpr float first_band = 0.3f;  // half width of the untrained band, in scaled units

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

void gather_rows(math::ConstMatrixView x, std::span<const std::int64_t> rows, math::MatrixView y) {
    for (std::int64_t o = 0; o < y.rows; ++o) std::copy_n(x.row(rows[static_cast<std::size_t>(o)]), x.cols, y.row(o));
}

/// h = silu(z), or h = before + silu(z).
void activate(const float* z, const float* before, float* h, std::int64_t size) {
#pragma omp simd
    for (std::int64_t i = 0; i < size; ++i) h[i] = silu(z[i]);
    if (before == nullptr) return;
#pragma omp simd
    for (std::int64_t i = 0; i < size; ++i) h[i] += before[i];
}

/// z = dh ∘ silu'(z).
void activate_backward(const float* dh, float* z, std::int64_t size) {
#pragma omp simd
    for (std::int64_t i = 0; i < size; ++i) z[i] = dh[i] * silu_slope(z[i], sigmoid(z[i]));
}

}  // namespace

/// Whole leads of consecutive origins, or some leads of one.
struct ForecastHead::Chunk {
    std::int64_t first = 0, rows = 0;  ///< of the O·K
    const Batch& batch;
    math::ConstMatrixView target;
    std::vector<math::MatrixView> z, h;
    math::MatrixView dh;

    std::int64_t origin_of(std::int64_t row) const { return (first + row) / std::ssize(batch.leads); }
    std::uint64_t key_of(std::int64_t row) const {
        const std::int64_t lead = batch.leads[static_cast<std::size_t>((first + row) % std::ssize(batch.leads))];
        const std::int64_t origin = batch.origins[static_cast<std::size_t>(origin_of(row))];
        return mix_seed(batch.row_keys[static_cast<std::size_t>(origin)], static_cast<std::uint64_t>(lead));
    }
};

ForecastHead::ForecastHead(Parameters& parameters, const std::string& name, const Options& options,
                           std::int64_t target_width)
    : dropout_(options.dropout),
      hidden_(options.head_width),
      count_(static_cast<std::int64_t>(options.quantiles.size())),
      median_(index_of_median(options.quantiles)),
      norm_(parameters, name + ".norm", options.width),
      state_(parameters, name + ".state", options.width, hidden_),
      target_(parameters, name + ".target", target_width, hidden_, true),
      deeper_([&] {
          std::vector<Linear> layers;
          for (std::int64_t i = 1; i < options.head_layers; ++i)
              layers.emplace_back(parameters, fmt::format("{}.hidden.{}", name, i), hidden_, hidden_, true);
          return layers;
      }()),
      out_(parameters, name + ".out", hidden_, count_, true),
      direct_(parameters, name + ".direct", target_width, count_) {}

void ForecastHead::initialise(Parameters& parameters, std::uint64_t seed) const {
    norm_.initialise(parameters);
    for (const Linear* layer : {&state_, &target_}) layer->initialise(parameters, seed);
    for (const Linear& layer : deeper_) layer.initialise(parameters, seed);
    const auto offset = parameters.value(out_.bias);
    for (std::int64_t q = 0; q < count_; ++q) {
        if (q == median_) continue;
        const auto steps = static_cast<float>(q < median_ ? median_ : count_ - 1 - median_);
        offset[static_cast<std::size_t>(q)] = step_inverse(first_band / steps);
    }
}

/// Visits (part, chunk): the parts, each on one thread, are of whole origins.
template <class Visit>
void ForecastHead::for_each_chunk(const Batch& batch, math::ThreadTeam& team, const Visit& visit) {
    const std::int64_t leads = std::ssize(batch.leads), layers = 1 + std::ssize(deeper_);
    memory_.resize(static_cast<std::size_t>(team.size()));
    for_each_part(team, std::ssize(batch.origins), 1, [&](std::size_t part, std::int64_t first, std::int64_t count) {
        memory_[part].resize(static_cast<std::size_t>(chunk_rows * hidden_ * (2 * layers + 1)));
        const std::int64_t end = (first + count) * leads;
        for (std::int64_t row = first * leads; row < end; row += chunk_rows) {
            Chunk chunk{row, std::min(chunk_rows, end - row), batch, {}, {}, {}, {}};
            chunk.target = math::matrix(batch.target.data() + row * target_.in, chunk.rows, target_.in);
            float* next = memory_[part].data();
            const auto take = [&] {
                const auto view = math::matrix(next, chunk.rows, hidden_);
                next += chunk_rows * hidden_;
                return view;
            };
            for (std::int64_t i = 0; i < layers; ++i) chunk.z.push_back(take()), chunk.h.push_back(take());
            chunk.dh = take();
            visit(part, chunk);
        }
    });
}

/// Weights as the products of many chunks take them.
void ForecastHead::pack(const Parameters& parameters) {
    target_weight_.pack(parameters.matrix(target_.weight));
    deeper_weights_.resize(deeper_.size());
    for (std::size_t i = 0; i < deeper_.size(); ++i) deeper_weights_[i].pack(parameters.matrix(deeper_[i].weight));
}

void ForecastHead::hide(const Parameters& parameters, const Chunk& chunk) const {
    for (std::int64_t row = 0; row < chunk.rows; ++row)
        std::copy_n(&state_part_[static_cast<std::size_t>(chunk.origin_of(row) * hidden_)], hidden_,
                    chunk.z[0].row(row));
    math::multiply(chunk.target, target_weight_, chunk.z[0], math::Update::add);
    activate(chunk.z[0].data, nullptr, chunk.h[0].data, chunk.rows * hidden_);
    for (std::size_t i = 1; i < chunk.z.size(); ++i) {
        const auto bias = parameters.value(deeper_[i - 1].bias);
        for (std::int64_t row = 0; row < chunk.rows; ++row) std::ranges::copy(bias, chunk.z[i].row(row));
        math::multiply(chunk.h[i - 1], deeper_weights_[i - 1], chunk.z[i], math::Update::add);
        activate(chunk.z[i].data, chunk.h[i - 1].data, chunk.h[i].data, chunk.rows * hidden_);
    }
    drop(chunk, chunk.h.back());
}

/// Drops some of what the last layer says, or the same of its gradients.
void ForecastHead::drop(const Chunk& chunk, math::MatrixView rows) const {
    if (!dropout_.is_on() || chunk.batch.row_keys.empty()) return;
    for (std::int64_t row = 0; row < chunk.rows; ++row) dropout_.apply(chunk.key_of(row), rows.row(row), hidden_);
}

void ForecastHead::forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch,
                           math::ThreadTeam& team, std::vector<float>& quantiles) {
    const std::int64_t origins = std::ssize(batch.origins);
    const auto origin = sized(origin_, origins, x.cols), normed = sized(normed_, origins, x.cols);
    const auto state = sized(state_part_, origins, hidden_);
    const auto bias = parameters.value(target_.bias);
    for_each_part(team, origins, 1, [&](std::size_t, std::int64_t first, std::int64_t count) {
        const auto in = origin.middle_rows(first, count), normal = normed.middle_rows(first, count);
        gather_rows(x, std::span(batch.origins).subspan(static_cast<std::size_t>(first)), in);
        norm_.forward(parameters, in, normal);
        for (std::int64_t o = first; o < first + count; ++o) std::ranges::copy(bias, state.row(o));
        state_.forward(parameters, normal, state.middle_rows(first, count), math::Update::add);
    });
    pack(parameters);
    const auto raw = sized(raw_, origins * std::ssize(batch.leads), count_);
    quantiles.resize(raw_.size());
    for_each_chunk(batch, team, [&](std::size_t, const Chunk& chunk) {
        hide(parameters, chunk);
        const auto part = raw.middle_rows(chunk.first, chunk.rows);
        out_.forward(parameters, chunk.h.back(), part);
        direct_.forward(parameters, chunk.target, part, math::Update::add);
        spread(batch, chunk, quantiles);
    });
}

/// From raw numbers to quantiles that never cross.
void ForecastHead::spread(const Batch& batch, const Chunk& chunk, std::vector<float>& quantiles) const {
    for (std::int64_t row = chunk.first; row < chunk.first + chunk.rows; ++row) {
        const float* raw = raw_.data() + row * count_;
        float* value = quantiles.data() + row * count_;
        value[median_] = batch.baseline[static_cast<std::size_t>(row)] + raw[median_];
        for (std::int64_t q = median_ + 1; q < count_; ++q) value[q] = value[q - 1] + step(raw[q]);
        for (std::int64_t q = median_ - 1; q >= 0; --q) value[q] = value[q + 1] - step(raw[q]);
    }
}

/// Turns d(quantiles) into d(raw) in place: a step moves every quantile further out than itself, the median moves all.
void ForecastHead::spread_backward(const Chunk& chunk, std::vector<float>& dquantiles) const {
    for (std::int64_t row = chunk.first; row < chunk.first + chunk.rows; ++row) {
        const float* raw = raw_.data() + row * count_;
        float* d = dquantiles.data() + row * count_;
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

void ForecastHead::backward(const Parameters& parameters, std::span<const GradientSum> gradients,
                            math::ConstMatrixView x, const Batch& batch, math::ThreadTeam& team,
                            std::vector<float>& dquantiles, math::MatrixView dx) {
    const auto draw = view(dquantiles, count_);
    dstate_part_.assign(state_part_.size(), 0.0f);
    deeper_back_.resize(deeper_.size());
    for (std::size_t i = 0; i < deeper_.size(); ++i)
        deeper_back_[i].pack_transposed(parameters.matrix(deeper_[i].weight));
    for_each_chunk(batch, team, [&](std::size_t part, const Chunk& chunk) {
        spread_backward(chunk, dquantiles);
        hide(parameters, chunk);
        chunk_backward(parameters, gradients[part], chunk, draw.middle_rows(chunk.first, chunk.rows));
    });

    const std::int64_t origins = std::ssize(batch.origins);
    const auto dnormed = sized(dnormed_, origins, x.cols), dorigin = sized(dorigin_, origins, x.cols);
    for_each_part(team, origins, 1, [&](std::size_t part, std::int64_t first, std::int64_t count) {
        const auto dstate = view(dstate_part_, hidden_).middle_rows(first, count);
        const auto dnormal = dnormed.middle_rows(first, count), din = dorigin.middle_rows(first, count);
        state_.backward_weight(gradients[part], view(normed_, x.cols).middle_rows(first, count), dstate);
        state_.backward_input(parameters, dstate, dnormal);
        std::fill_n(din.data, count * x.cols, 0.0f);
        norm_.backward(parameters, gradients[part], view(origin_, x.cols).middle_rows(first, count), dnormal, din);
        for (std::int64_t o = 0; o < count; ++o) {
            float* to = dx.row(batch.origins[static_cast<std::size_t>(first + o)]);
            for (std::int64_t c = 0; c < x.cols; ++c) to[c] += din.row(o)[c];
        }
    });
}

void ForecastHead::chunk_backward(const Parameters& parameters, const GradientSum& gradients, const Chunk& chunk,
                                  math::ConstMatrixView draw) {
    const std::int64_t size = chunk.rows * hidden_;
    out_.backward_weight(gradients, chunk.h.back(), draw);
    direct_.backward_weight(gradients, chunk.target, draw);
    out_.backward_input(parameters, draw, chunk.dh);
    drop(chunk, chunk.dh);
    for (std::size_t i = chunk.z.size() - 1; i > 0; --i) {
        activate_backward(chunk.dh.data, chunk.z[i].data, size);
        deeper_[i - 1].backward_weight(gradients, chunk.h[i - 1], chunk.z[i]);
        math::multiply(chunk.z[i], deeper_back_[i - 1], chunk.dh, math::Update::add);
    }
    activate_backward(chunk.dh.data, chunk.z[0].data, size);
    target_.backward_weight(gradients, chunk.target, chunk.z[0]);
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
        float* to = &dstate_part_[static_cast<std::size_t>(chunk.origin_of(row) * hidden_)];
        const float* from = chunk.z[0].row(row);
        for (std::int64_t c = 0; c < hidden_; ++c) to[c] += from[c];
    }
}

}  // namespace gridring::model
