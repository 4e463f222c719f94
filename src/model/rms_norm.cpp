// SPDX-License-Identifier: MIT
#include "model/rms_norm.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gridring::model {
namespace {

constexpr float epsilon = 1e-6f;
constexpr std::int64_t rows_per_sum = 64;  // short fp32 sums, so that long segments keep their digits

// The rows are short (the model's width), so fp32 lanes are exact enough; `omp simd` allows the lanes here and only
// here.
float inverse_rms(const float* x, std::int64_t width) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (std::int64_t c = 0; c < width; ++c) squares += x[c] * x[c];
    return 1.0f / std::sqrt(squares / static_cast<float>(width) + epsilon);
}

}  // namespace

RmsNorm::RmsNorm(Parameters& parameters, const std::string& name, std::int64_t width)
    : gain(parameters.add(name + ".gain", {width}, false)) {}

void RmsNorm::initialise(Parameters& parameters) const { std::ranges::fill(parameters.value(gain), 1.0f); }

void RmsNorm::forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y) const {
    const float* g = parameters.value(gain).data();
    for (std::int64_t r = 0; r < x.rows; ++r) {
        const float* in = x.row(r);
        float* out = y.row(r);
        const float inverse = inverse_rms(in, x.cols);
#pragma omp simd
        for (std::int64_t c = 0; c < x.cols; ++c) out[c] = g[c] * in[c] * inverse;
    }
}

void RmsNorm::backward(const Parameters& parameters, const GradientSum& gradients, math::ConstMatrixView x,
                       math::ConstMatrixView dy, math::MatrixView dx) const {
    const float* g = parameters.value(gain).data();
    const auto total = gradients.of(gain);
    std::vector<float> dgain(total.size());
    for (std::int64_t first = 0; first < x.rows; first += rows_per_sum) {
        std::ranges::fill(dgain, 0.0f);
        for (std::int64_t r = first; r < std::min(x.rows, first + rows_per_sum); ++r) {
            const float *in = x.row(r), *dout = dy.row(r);
            float *din = dx.row(r), *sum = dgain.data();
            const float inverse = inverse_rms(in, x.cols);
            float dot = 0;
#pragma omp simd reduction(+ : dot)
            for (std::int64_t c = 0; c < x.cols; ++c) dot += dout[c] * g[c] * in[c];
            const float pull = dot * inverse * inverse * inverse / static_cast<float>(x.cols);
#pragma omp simd
            for (std::int64_t c = 0; c < x.cols; ++c) {
                din[c] += dout[c] * g[c] * inverse - in[c] * pull;
                sum[c] += dout[c] * in[c] * inverse;
            }
        }
        for (std::size_t c = 0; c < total.size(); ++c) total[c] += dgain[c];
    }
}

}  // namespace gridring::model
