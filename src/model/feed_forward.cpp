// SPDX-License-Identifier: MIT
#include "model/feed_forward.hpp"

#include <algorithm>
#include <utility>

#include "model/exponential.hpp"
#include "model/row_parts.hpp"

namespace gridring::model {
namespace {

/// hidden = silu(gate) ∘ value, where a row of `both` is [gate | value].
void gate(math::ConstMatrixView both, math::MatrixView hidden) {
    for (std::int64_t r = 0; r < hidden.rows; ++r) {
        const float *g = both.row(r), *u = g + hidden.cols;
        float* h = hidden.row(r);
#pragma omp simd
        for (std::int64_t c = 0; c < hidden.cols; ++c) h[c] = silu(g[c]) * u[c];
    }
}

/// Kept values come from afar: asked for so many rows before they are needed. Harmless past the end.
constexpr std::int64_t rows_ahead = 4;

/// Replaces [gate | value] by its gradient, and the gradient of `hidden` by hidden itself, which Wd's gradient needs.
void gate_backward(math::MatrixView hidden, math::MatrixView both) {
    for (std::int64_t r = 0; r < hidden.rows; ++r) {
        float *g = both.row(r), *u = g + hidden.cols, *h = hidden.row(r);
        for (std::int64_t c = 0; c < both.cols; c += 16) __builtin_prefetch(g + rows_ahead * both.stride + c, 1, 2);
#pragma omp simd
        for (std::int64_t c = 0; c < hidden.cols; ++c) {
            const float s = sigmoid(g[c]), value = u[c], dh = h[c], open = g[c] * s;
            u[c] = dh * open;
            g[c] = dh * value * silu_slope(g[c], s);
            h[c] = open * value;
        }
    }
}

/// What is computed of one chunk of rows.
struct Chunk {
    math::MatrixView normed, both, hidden, dnormed;
};

Chunk make_chunk(TensorMemory& memory, std::int64_t rows, std::int64_t width, std::int64_t hidden) {
    memory.resize(static_cast<std::size_t>(chunk_rows * (2 * width + 3 * hidden)));
    float* next = memory.data();
    const auto take = [&](std::int64_t cols) {
        const auto view = math::matrix(next, rows, cols);
        next += chunk_rows * cols;
        return view;
    };
    return {take(width), take(2 * hidden), take(hidden), take(width)};
}

}  // namespace

FeedForward::FeedForward(Parameters& parameters, const std::string& name, std::int64_t width, std::int64_t hidden)
    : norm_(parameters, name + ".norm", width),
      up_(parameters, name + ".up", width, 2 * hidden),
      down_(parameters, name + ".down", hidden, width) {}

void FeedForward::initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const {
    norm_.initialise(parameters);
    up_.initialise(parameters, seed);
    down_.initialise(parameters, seed, residual_gain);
}

std::int64_t FeedForward::kept_bytes(std::int64_t rows) const {
    return rows * up_.out * static_cast<std::int64_t>(sizeof(float));
}

void FeedForward::forward(const Parameters& parameters, math::ConstMatrixView x, math::ThreadTeam& team,
                          FeedForwardScratch& scratch, bool is_kept, math::MatrixView y) {
    if (!is_kept) TensorMemory().swap(kept_);
    if (is_kept) kept_.resize(static_cast<std::size_t>(x.rows * up_.out));
    is_kept_ = is_kept;
    run_all(
        team, [&] { scratch.up.pack(parameters.matrix(up_.weight)); },
        [&] { scratch.down.pack(parameters.matrix(down_.weight)); });
    scratch.chunks.resize(static_cast<std::size_t>(team.size()));
    for_each_chunk(team, x.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        auto c = make_chunk(scratch.chunks[part], rows, up_.in, down_.in);
        if (is_kept) c.both = math::matrix(kept_.data() + first * up_.out, rows, up_.out);
        norm_.forward(parameters, x.middle_rows(first, rows), c.normed);
        math::multiply(c.normed, scratch.up, c.both);
        gate(c.both, c.hidden);
        std::copy_n(x.row(first), rows * x.cols, y.row(first));
        math::multiply(c.hidden, scratch.down, y.middle_rows(first, rows), math::Update::add);
    });
}

void FeedForward::backward(const Parameters& parameters, std::span<const GradientSum> gradients,
                           math::ConstMatrixView x, math::ThreadTeam& team, FeedForwardScratch& scratch,
                           math::MatrixView dx) {
    const bool is_kept = std::exchange(is_kept_, false);  // gradients overwrite it
    run_all(
        team, [&] { scratch.up_back.pack_transposed(parameters.matrix(up_.weight)); },
        [&] {
            if (!is_kept) scratch.up.pack(parameters.matrix(up_.weight));
            scratch.down_back.pack_transposed(parameters.matrix(down_.weight));
        });
    scratch.chunks.resize(static_cast<std::size_t>(team.size()));
    for_each_chunk(team, x.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        auto c = make_chunk(scratch.chunks[part], rows, up_.in, down_.in);
        const auto in = x.middle_rows(first, rows);
        const auto dy = dx.middle_rows(first, rows);
        norm_.forward(parameters, in, c.normed);
        if (is_kept)
            c.both = math::matrix(kept_.data() + first * up_.out, rows, up_.out);
        else
            math::multiply(c.normed, scratch.up, c.both);
        math::multiply(dy, scratch.down_back, c.hidden);
        gate_backward(c.hidden, c.both);
        down_.backward_weight(gradients[part], c.hidden, dy);
        up_.backward_weight(gradients[part], c.normed, c.both);
        math::multiply(c.both, scratch.up_back, c.dnormed);
        norm_.backward(parameters, gradients[part], in, c.dnormed, dy);
    });
}

}  // namespace gridring::model
