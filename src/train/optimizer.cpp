// SPDX-License-Identifier: MIT
#include "gridring/train/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gridring/core/error.hpp"

namespace gridring::train {
namespace {

double norm_of(std::span<const float> values) {
    double squares = 0;
    for (const float v : values) squares += static_cast<double>(v) * static_cast<double>(v);
    return std::sqrt(squares);
}

}  // namespace

double learning_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps) {
    if (step < options.warmup_steps)
        return options.learning_rate * static_cast<double>(step + 1) / static_cast<double>(options.warmup_steps);
    const double left = static_cast<double>(std::max<std::int64_t>(1, steps - options.warmup_steps));
    const double done = std::min(1.0, static_cast<double>(step - options.warmup_steps) / left);
    const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    return options.learning_rate * (options.final_fraction + (1.0 - options.final_fraction) * cosine);
}

AdamW::AdamW(const model::Parameters& parameters, const OptimizerOptions& options)
    : first_moment(parameters.values().size(), 0.0f),
      second_moment(parameters.values().size(), 0.0f),
      options_(options) {}

double AdamW::update(model::Parameters& parameters, std::int64_t step, std::int64_t steps) {
    const double norm = norm_of(parameters.gradients());
    if (!std::isfinite(norm))
        throw NumericError(
            fmt::format("training step {}: the gradient norm is {}; the parameters keep the values of the step "
                        "before. Mend: a lower learning_rate, or a smaller clip_norm",
                        step, norm));
    const double clip = options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1.0;
    const double rate = learning_rate(options_, step, steps);
    const double unbias1 = 1.0 - std::pow(options_.beta1, static_cast<double>(step + 1));
    const double unbias2 = 1.0 - std::pow(options_.beta2, static_cast<double>(step + 1));
    const auto scale = static_cast<float>(clip), step_size = static_cast<float>(rate / unbias1);
    const auto b1 = static_cast<float>(options_.beta1), b2 = static_cast<float>(options_.beta2);
    const auto root = static_cast<float>(1.0 / std::sqrt(unbias2)), epsilon = static_cast<float>(options_.epsilon);
    for (const auto& view : parameters.views()) {
        const auto keep = static_cast<float>(view.is_decayed ? 1.0 - rate * options_.weight_decay : 1.0);
        float *value = parameters.values().data() + view.offset, *m = first_moment.data() + view.offset;
        float* v = second_moment.data() + view.offset;
        const float* gradient = parameters.gradients().data() + view.offset;
        for (std::int64_t i = 0; i < view.size; ++i) {
            const float g = gradient[i] * scale;
            m[i] = b1 * m[i] + (1.0f - b1) * g;
            v[i] = b2 * v[i] + (1.0f - b2) * g * g;
            value[i] = keep * value[i] - step_size * m[i] / (root * std::sqrt(v[i]) + epsilon);
        }
    }
    return norm;
}

}  // namespace gridring::train
