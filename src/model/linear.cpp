// SPDX-License-Identifier: MIT
#include "model/linear.hpp"

#include <cmath>
#include <vector>

#include "gridring/core/random.hpp"

namespace gridring::model {
namespace {

void add_bias(std::span<const float> bias, math::MatrixView y) {
    for (std::int64_t r = 0; r < y.rows; ++r) {
        float* row = y.row(r);
        for (std::int64_t c = 0; c < y.cols; ++c) row[c] += bias[static_cast<std::size_t>(c)];
    }
}

/// Sums over the rows in fp64: there may be many thousands.
void add_column_sums(math::ConstMatrixView dy, std::span<float> gradient) {
    std::vector<double> sums(gradient.size(), 0.0);
    for (std::int64_t r = 0; r < dy.rows; ++r) {
        const float* row = dy.row(r);
        for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += row[c];
    }
    for (std::size_t c = 0; c < sums.size(); ++c) gradient[c] += static_cast<float>(sums[c]);
}

}  // namespace

Linear::Linear(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t outputs,
               bool with_bias)
    : weight(parameters.add(name + ".weight", {inputs, outputs}, true)), in(inputs), out(outputs), has_bias(with_bias) {
    if (has_bias) bias = parameters.add(name + ".bias", {outputs}, false);
}

void Linear::initialise(Parameters& parameters, std::uint64_t seed, double gain) const {
    Random random(mix_seed(seed, weight));
    const double deviation = gain / std::sqrt(static_cast<double>(in));
    for (float& w : parameters.value(weight)) w = static_cast<float>(deviation * random.normal());
}

void Linear::forward(const Parameters& parameters, math::ConstMatrixView x, math::MatrixView y,
                     math::Update update) const {
    math::multiply(x, parameters.matrix(weight), y, update);
    if (has_bias) add_bias(parameters.value(bias), y);
}

void Linear::backward_weight(const GradientSum& gradients, math::ConstMatrixView x, math::ConstMatrixView dy) const {
    math::multiply_tn(x, dy, gradients.matrix(weight), math::Update::add);
    if (has_bias) add_column_sums(dy, gradients.of(bias));
}

void Linear::backward_input(const Parameters& parameters, math::ConstMatrixView dy, math::MatrixView dx,
                            math::Update update) const {
    math::multiply_nt(dy, parameters.matrix(weight), dx, update);
}

}  // namespace gridring::model
