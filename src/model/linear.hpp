// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "gridring/math/matrix.hpp"
#include "gridring/model/parameters.hpp"

namespace gridring::model {

/// y = x W (+ bias), W stored in x out.
struct Linear {
    /// Declares `name`.weight and, if wanted, `name`.bias.
    Linear(Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out, bool has_bias = false);
    /// Weights N(0, gain² / in), bias 0. Deterministic in `seed` and the name's place in the model.
    void initialise(Parameters& parameters, std::uint64_t seed, double gain = 1.0) const;

    void forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y,
                 math::Update update = math::Update::replace) const;
    /// Adds to the weight and bias gradients.
    void backward_weight(const GradientSum& gradients, math::ConstMatrixView x, math::ConstMatrixView dy) const;
    /// dx = or += dy Wᵀ.
    void backward_input(const Parameters& parameters, math::ConstMatrixView dy, math::MatrixView dx,
                        math::Update update = math::Update::replace) const;

    std::size_t weight, bias = 0;
    std::int64_t in, out;
    bool has_bias;
};

}  // namespace gridring::model
