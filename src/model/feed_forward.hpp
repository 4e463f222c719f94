// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/large_pages.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/model/parameters.hpp"
#include "model/linear.hpp"
#include "model/rms_norm.hpp"

namespace gridring::model {

/// Memory that all layers share, since they run one after the other: a chunk of rows for each thread, and weights as
/// products take them.
struct FeedForwardScratch {
    std::vector<TensorMemory> chunks;
    math::PackedMatrix up, down, up_back, down_back;
};

/// y = x + Wd (silu(g) ∘ u) with [g | u] = Wu rms_norm(x) (SwiGLU, Shazeer 2020). Works on chunks of rows while they
/// are in cache. Backward recomputes the hidden values unless forward was told to keep them.
class FeedForward {
public:
    FeedForward(Parameters& parameters, const std::string& name, std::int64_t width, std::int64_t hidden);
    void initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const;

    /// Bytes that forward() keeps for so many rows if it is told to.
    std::int64_t kept_bytes(std::int64_t rows) const;
    void forward(const Parameters& parameters, math::ConstMatrixView x, math::ThreadTeam& team,
                 FeedForwardScratch& scratch, bool is_kept, math::MatrixView y);
    /// `dx` holds dy on entry and the gradient of x on return. Same bits whether kept or recomputed. One sum of
    /// gradients for each thread of the team.
    void backward(const Parameters& parameters, std::span<const GradientSum> gradients, math::ConstMatrixView x,
                  math::ThreadTeam& team, FeedForwardScratch& scratch, math::MatrixView dx);

private:
    RmsNorm norm_;
    Linear up_, down_;
    TensorMemory kept_;  ///< [g | u] of every row
    bool is_kept_ = false;
};

}  // namespace gridring::model
