// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "gridring/math/matrix.hpp"
#include "gridring/model/parameters.hpp"

namespace gridring::model {

/// y = gain ∘ x / rms(x), a row at a time (Zhang & Sennrich 2019).
struct RmsNorm {
    RmsNorm(Parameters& parameters, const std::string& name, std::int64_t width);
    void initialise(Parameters& parameters) const;

    void forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y) const;
    /// Adds to dx and to the gain's gradient.
    void backward(const Parameters& parameters, const GradientSum& gradients, math::ConstMatrixView x,
                  math::ConstMatrixView dy, math::MatrixView dx) const;

    std::size_t gain;
};

}  // namespace gridring::model
