// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/attention/heads.hpp"

namespace gridring::attention::reference {

/// The oracle: dense, double, plain loops, small enough to check by hand. Tensors are [batch][T][heads][head_dim],
/// dense; positions are 0..T-1; `is_valid` is [batch][T] (empty = all valid).
struct Problem {
    Shape shape;
    std::int64_t steps = 0;  ///< T
    Mask mask;
    std::vector<double> q, k, v;
    std::vector<std::uint8_t> is_valid;
    std::vector<std::int32_t> segments;  ///< [batch][T]; empty = one sequence
    double scale = 0;                    ///< 0 = 1/sqrt(head_dim)
};
struct Output {
    std::vector<double> out;  ///< [batch][T][heads][head_dim]
    std::vector<double> lse;  ///< [batch][heads][T]; -inf for a row with no key
};
struct Gradients {
    std::vector<double> dq, dk, dv;
};

Output forward(const Problem& problem);
Gradients backward(const Problem& problem, const std::vector<double>& out_gradient);

}  // namespace gridring::attention::reference
