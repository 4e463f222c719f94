// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/math/matrix.hpp"
#include "gridring/model/parameters.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"

namespace gridring::model {

/// y = x + Wd (silu(g) ∘ u) with [g | u] = Wu rms_norm(x) (SwiGLU, Shazeer 2020). Works on chunks of rows and keeps
/// nothing: backward recomputes the hidden values of a chunk while they are in cache.
class FeedForward {
public:
    FeedForward(Parameters& parameters, const std::string& name, std::int64_t width, std::int64_t hidden);
    void initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const;

    void forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y);
    /// `dx` holds dy on entry and the gradient of x on return.
    void backward(Parameters& parameters, math::ConstMatrixView x, math::MatrixView dx);

private:
    struct Chunk;
    void expand(const Parameters& parameters, math::ConstMatrixView x, const Chunk& chunk) const;
    Chunk chunk(std::int64_t rows);

    RmsNorm norm_;
    Linear up_, down_;
    std::vector<float> memory_;
};

}  // namespace gridring::model
