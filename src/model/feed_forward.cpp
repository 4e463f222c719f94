// SPDX-License-Identifier: MIT
#include "model/feed_forward.hpp"

#include <algorithm>

#include "model/exponential.hpp"

namespace gridring::model {
namespace {

constexpr std::int64_t chunk_rows = 128;  // hidden values of a chunk stay in the second-level cache

/// hidden = silu(gate) ∘ value, where a row of `both` is [gate | value].
void gate(math::ConstMatrixView both, math::MatrixView hidden) {
    for (std::int64_t r = 0; r < hidden.rows; ++r) {
        const float *g = both.row(r), *u = g + hidden.cols;
        float* h = hidden.row(r);
        for (std::int64_t c = 0; c < hidden.cols; ++c) h[c] = silu(g[c]) * u[c];
    }
}

/// Replaces [gate | value] by its gradient.
void gate_backward(math::ConstMatrixView dhidden, math::MatrixView both) {
    for (std::int64_t r = 0; r < dhidden.rows; ++r) {
        float *g = both.row(r), *u = g + dhidden.cols;
        const float* dh = dhidden.row(r);
#pragma omp simd
        for (std::int64_t c = 0; c < dhidden.cols; ++c) {
            const float s = sigmoid(g[c]), value = u[c];
            u[c] = dh[c] * g[c] * s;
            g[c] = dh[c] * value * silu_slope(g[c], s);
        }
    }
}

}  // namespace

struct FeedForward::Chunk {
    math::MatrixView normed, both, hidden, dhidden, dnormed;
};

FeedForward::FeedForward(Parameters& parameters, const std::string& name, std::int64_t width, std::int64_t hidden)
    : norm_(parameters, name + ".norm", width),
      up_(parameters, name + ".up", width, 2 * hidden),
      down_(parameters, name + ".down", hidden, width) {}

void FeedForward::initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const {
    norm_.initialise(parameters);
    up_.initialise(parameters, seed);
    down_.initialise(parameters, seed, residual_gain);
}

FeedForward::Chunk FeedForward::chunk(std::int64_t rows) {
    const std::int64_t width = up_.in, hidden = down_.in;
    memory_.resize(static_cast<std::size_t>(chunk_rows * (2 * width + 4 * hidden)));
    float* next = memory_.data();
    const auto take = [&](std::int64_t cols) {
        const auto view = math::matrix(next, rows, cols);
        next += chunk_rows * cols;
        return view;
    };
    return {take(width), take(2 * hidden), take(hidden), take(hidden), take(width)};
}

void FeedForward::expand(const Parameters& parameters, math::ConstMatrixView x, const Chunk& c) const {
    norm_.forward(parameters, x, c.normed);
    up_.forward(parameters, c.normed, c.both);
    gate(c.both, c.hidden);
}

void FeedForward::forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y) {
    for (std::int64_t first = 0; first < x.rows; first += chunk_rows) {
        const std::int64_t rows = std::min(chunk_rows, x.rows - first);
        const auto c = chunk(rows);
        expand(parameters, x.middle_rows(first, rows), c);
        std::copy_n(x.row(first), rows * x.cols, y.row(first));
        down_.forward(parameters, c.hidden, y.middle_rows(first, rows), math::Update::add);
    }
}

void FeedForward::backward(Parameters& parameters, math::ConstMatrixView x, math::MatrixView dx) {
    for (std::int64_t first = 0; first < x.rows; first += chunk_rows) {
        const std::int64_t rows = std::min(chunk_rows, x.rows - first);
        const auto c = chunk(rows);
        const auto in = x.middle_rows(first, rows);
        const auto dy = dx.middle_rows(first, rows);
        expand(parameters, in, c);
        down_.backward_weight(parameters, c.hidden, dy);
        down_.backward_input(parameters, dy, c.dhidden);
        gate_backward(c.dhidden, c.both);
        up_.backward_weight(parameters, c.normed, c.both);
        up_.backward_input(parameters, c.both, c.dnormed);
        norm_.backward(parameters, in, c.dnormed, dy);
    }
}

}  // namespace gridring::model
