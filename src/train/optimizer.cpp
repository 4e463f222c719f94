// SPDX-License-Identifier: MIT
#include "gridring/train/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gridring/core/error.hpp"

namespace gridring::train {
namespace {

/// `values` take the place of this rank's share of the parameters, on all ranks. Returns what they replaced.
std::vector<float> replace_share(const comm::Communicator& ranks, model::Parameters& parameters, comm::Share share,
                                 const std::vector<float>& values) {
    const auto mine = parameters.values().subspan(share.first, share.size);
    std::vector<float> replaced(mine.begin(), mine.end());
    std::ranges::copy(values, mine.begin());
    ranks.all_gather(parameters.values());
    return replaced;
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

/// What one step multiplies by.
struct AdamW::Rates {
    Rates(const OptimizerOptions& options, double norm, std::int64_t step, std::int64_t steps)
        : scale(static_cast<float>(options.clip_norm > 0 && norm > options.clip_norm ? options.clip_norm / norm : 1.0)),
          beta1(static_cast<float>(options.beta1)),
          beta2(static_cast<float>(options.beta2)),
          epsilon(static_cast<float>(options.epsilon)) {
        const auto count = static_cast<double>(step);
        const double rate = learning_rate(options, step, steps);
        keep = static_cast<float>(1.0 - rate * options.weight_decay);
        step_size = static_cast<float>(rate / (1.0 - std::pow(options.beta1, count + 1)));
        root = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(options.beta2, count + 1)));
        average = static_cast<float>(std::min(options.average_decay, (1.0 + count) / (10.0 + count)));
    }
    float scale, beta1, beta2, epsilon;
    float keep = 1, step_size = 0, root = 1, average = 0;
};

AdamW::AdamW(const model::Parameters& parameters, comm::Share share, const OptimizerOptions& options)
    : first_moment(share.size, 0.0f), second_moment(share.size, 0.0f), share_(share), options_(options) {
    const auto mine = parameters.values().subspan(share.first, share.size);
    if (options.average_decay > 0) average.assign(mine.begin(), mine.end());
}

double AdamW::squares(const model::Parameters& parameters) const {
    double sum = 0;
    for (const float g : parameters.gradients().subspan(share_.first, share_.size))
        sum += static_cast<double>(g) * static_cast<double>(g);
    return sum;
}

void AdamW::update(model::Parameters& parameters, double norm, std::int64_t step, std::int64_t steps) {
    if (!std::isfinite(norm))
        throw NumericError(
            fmt::format("training step {}: the gradient norm is {}; the parameters keep the values of the step "
                        "before. Mend: a lower learning_rate, or a smaller clip_norm",
                        step, norm));
    const Rates rates(options_, norm, step, steps);
    Rates without_decay = rates;
    without_decay.keep = 1;
    for (const auto& view : parameters.views()) {  // what of it is in the share
        const std::size_t begin = std::max(static_cast<std::size_t>(view.offset), share_.first);
        const std::size_t end = std::min(static_cast<std::size_t>(view.offset + view.size), share_.first + share_.size);
        if (begin < end) update(parameters, {begin, end - begin}, view.is_decayed ? rates : without_decay);
    }
    const auto mine = parameters.values().subspan(share_.first, share_.size);
    for (std::size_t i = 0; i < average.size(); ++i)
        average[i] = rates.average * average[i] + (1.0f - rates.average) * mine[i];
}

void AdamW::update(model::Parameters& parameters, comm::Share range, Rates rates) {
    const float* gradient = parameters.gradients().data() + range.first;
    float *value = parameters.values().data() + range.first, *m = first_moment.data() + (range.first - share_.first);
    float* v = second_moment.data() + (range.first - share_.first);
#pragma omp simd
    for (std::size_t i = 0; i < range.size; ++i) {
        const float g = gradient[i] * rates.scale;
        m[i] = rates.beta1 * m[i] + (1.0f - rates.beta1) * g;
        v[i] = rates.beta2 * v[i] + (1.0f - rates.beta2) * g * g;
        value[i] = rates.keep * value[i] - rates.step_size * m[i] / (rates.root * std::sqrt(v[i]) + rates.epsilon);
    }
}

double update(const comm::Communicator& ranks, model::Parameters& parameters, AdamW& optimizer, std::int64_t step,
              std::int64_t steps) {
    ranks.reduce_scatter(parameters.gradients());
    double squares = optimizer.squares(parameters);
    ranks.sum(std::span(&squares, 1));
    const double norm = std::sqrt(squares);
    optimizer.update(parameters, norm, step, steps);
    ranks.all_gather(parameters.values());
    return norm;
}

std::vector<float> use_average(const comm::Communicator& ranks, model::Parameters& parameters, const AdamW& optimizer) {
    if (optimizer.options().average_decay == 0) return {};
    return replace_share(ranks, parameters, optimizer.share(), optimizer.average);
}

void restore_parameters(const comm::Communicator& ranks, model::Parameters& parameters, const AdamW& optimizer,
                        const std::vector<float>& replaced) {
    if (optimizer.options().average_decay == 0) return;
    replace_share(ranks, parameters, optimizer.share(), replaced);
}

}  // namespace gridring::train
