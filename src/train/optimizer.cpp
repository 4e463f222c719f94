// SPDX-License-Identifier: MIT
#include "gridring/train/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::train {
namespace {

constexpr std::size_t piece = 1 << 14;  ///< parameters that a thread takes at a time

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

double AdamW::squares(const model::Parameters& parameters, math::ThreadTeam& team) const {
    const auto gradients = parameters.gradients().subspan(share_.first, share_.size);
    std::vector<double> sums((gradients.size() + piece - 1) / piece);
    team.run(std::ssize(sums), [&](std::int64_t index, int) {
        const std::size_t first = static_cast<std::size_t>(index) * piece;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (std::size_t i = first; i < std::min(gradients.size(), first + piece); ++i)
            sum += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
        sums[static_cast<std::size_t>(index)] = sum;
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void AdamW::update(model::Parameters& parameters, double norm, std::int64_t step, std::int64_t steps,
                   math::ThreadTeam& team) {
    if (!std::isfinite(norm))
        throw NumericError(
            fmt::format("training step {}: the gradient norm is {}; the parameters keep the values of the step "
                        "before. Mend: a lower learning_rate, or a smaller clip_norm",
                        step, norm));
    const Rates rates(options_, norm, step, steps);
    Rates without_decay = rates;
    without_decay.keep = 1;
    struct Piece {
        comm::Share range;
        const Rates* rates;
    };
    std::vector<Piece> pieces;
    for (const auto& view : parameters.views()) {  // what of it is in the share
        const std::size_t begin = std::max(static_cast<std::size_t>(view.offset), share_.first);
        const std::size_t end = std::min(static_cast<std::size_t>(view.offset + view.size), share_.first + share_.size);
        for (std::size_t first = begin; first < end; first += piece)
            pieces.push_back({{first, std::min(piece, end - first)}, view.is_decayed ? &rates : &without_decay});
    }
    team.run(std::ssize(pieces), [&](std::int64_t index, int) {
        const auto& [range, its] = pieces[static_cast<std::size_t>(index)];
        update(parameters, range, *its);
    });
}

void AdamW::update(model::Parameters& parameters, comm::Share range, const Rates& how) {
    const Rates rates = how;  // a copy, that no write below can change
    const std::size_t at = range.first - share_.first;
    const float* gradient = parameters.gradients().data() + range.first;
    float *value = parameters.values().data() + range.first, *m = first_moment.data() + at;
    float* v = second_moment.data() + at;
#pragma omp simd
    for (std::size_t i = 0; i < range.size; ++i) {
        const float g = gradient[i] * rates.scale;
        m[i] = rates.beta1 * m[i] + (1.0f - rates.beta1) * g;
        v[i] = rates.beta2 * v[i] + (1.0f - rates.beta2) * g * g;
        value[i] = rates.keep * value[i] - rates.step_size * m[i] / (rates.root * std::sqrt(v[i]) + rates.epsilon);
    }
    if (average.empty()) return;
    for (std::size_t i = 0; i < range.size; ++i)
        average[at + i] = rates.average * average[at + i] + (1.0f - rates.average) * value[i];
}

double update(const comm::Communicator& ranks, model::Parameters& parameters, AdamW& optimizer, std::int64_t step,
              std::int64_t steps, math::ThreadTeam& team) {
    const auto traced = [](const char* name, const auto& work) {
        const trace::Span span("train", name);
        return work();
    };
    traced("sum of gradients", [&] { ranks.reduce_scatter(parameters.gradients()); });
    const double norm = traced("norm of gradients", [&] {
        double squares = optimizer.squares(parameters, team);
        ranks.sum(std::span(&squares, 1));
        return std::sqrt(squares);
    });
    traced("AdamW", [&] { optimizer.update(parameters, norm, step, steps, team); });
    traced("new parameters to all", [&] { ranks.all_gather(parameters.values()); });
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
