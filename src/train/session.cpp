// SPDX-License-Identifier: MIT
#include "train/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "gridring/core/trace.hpp"
#include "train/questions.hpp"
#include "train/sequences.hpp"

namespace gridring::train {

Session::Session(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                 const Split& split, const Options& options)
    : world_(world),
      model_(model),
      data_(data),
      split_(split),
      options_(options),
      features_(data, options.features, &model.baseline()),
      grid_(world, options.data_ranks, options.batch),
      attention_(grid_.ring(), ring::Partition(options.partition, options.sequence_hours, grid_.ring().size()),
                 model.attention_shape(grid_.batch()), options.ring),
      optimizer_(model.parameters(), world.share(model.parameters().values().size()), options.optimizer) {
    if (model.options().objective == model::Objective::squared) features_.weigh_by_deviation(split.train_end);
}

double Session::train(std::int64_t step, double& gradient_norm) {
    const trace::Span span("train", "training step", step);
    const auto sequences = training_sequences(options_, data_, split_, step);
    fill(sequences, training_questions(options_, sequences, data_, model_.options().horizon, split_, step));
    name_rows(sequences, step);
    const auto [loss, weight] = total_loss();
    if (!std::isfinite(loss))
        throw NumericError(
            fmt::format("training step {}: the loss is {}. Mend: a lower learning_rate, or go on from the last "
                        "checkpoint with another seed",
                        step, loss));
    const trace::Span back("train", "backward and update");
    model_.parameters().clear_gradients(attention_.team());
    model_.backward(batch_, attention_, weight > 0 ? 1.0 / weight : 0.0);
    gradient_norm = update(world_, model_.parameters(), optimizer_, step, options_.steps, attention_.team());
    return weight > 0 ? loss / weight : 0.0;
}

std::optional<double> Session::validate() {
    const trace::Span span("train", "validation");
    const auto sequences = validation_sequences(options_, data_, split_);
    const auto batch = static_cast<std::size_t>(options_.batch);
    double loss = 0, weight = 0;
    for (std::size_t first = 0; first < sequences.size(); first += batch) {
        const auto part = std::span(sequences).subspan(first, batch);
        fill(part, validation_questions(options_, part, data_, model_.options().horizon, split_));
        const auto [part_loss, part_weight] = total_loss();
        loss += part_loss;
        weight += part_weight;
    }
    if (weight == 0) return std::nullopt;
    return loss / weight;
}

/// For dropout: a row is the same whichever rank of whichever grid holds it.
void Session::name_rows(std::span<const Sequence> sequences, std::int64_t step) {
    const std::uint64_t seed = mix_seed(options_.seed, 0x64726F70, static_cast<std::uint64_t>(step));
    const auto part = grid_.part(sequences);
    for (std::ptrdiff_t s = 0; s < std::ssize(part); ++s)
        for (const std::int64_t position : attention_.positions())
            batch_.row_keys.push_back(mix_seed(seed, static_cast<std::uint64_t>(part.data() - sequences.data() + s),
                                               static_cast<std::uint64_t>(position)));
}

/// batch_ with the sequences of this group and what is asked of them.
void Session::fill(std::span<const Sequence> sequences, const Asked& asked) {
    const trace::Span span("train", "batch from series");
    const auto part = grid_.part(sequences);
    const auto first = asked.origins.begin() + (part.data() - sequences.data());
    batch_.row_keys.clear();
    features_.fill(batch_, part, attention_.positions(),
                   {{first, first + std::ssize(part)}, asked.leads, asked.targets, asked.near, asked.later_weight},
                   attention_.team());
}

/// Of batch_, over all ranks.
std::array<double, 2> Session::total_loss() {
    const trace::Span span("train", "forward and loss");
    model_.forward(batch_, attention_);
    const auto local = model_.loss(batch_);
    std::array<double, 2> total{local.sum, local.weight};
    world_.sum(std::span<double>(total));
    return total;
}

}  // namespace gridring::train
