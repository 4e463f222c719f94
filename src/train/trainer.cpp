// SPDX-License-Identifier: MIT
#include "gridring/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "gridring/train/features.hpp"
#include "train/continuation.hpp"
#include "train/questions.hpp"
#include "train/sequences.hpp"

namespace gridring::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void check(const Options& options, const series::Dataset& data, const Split& split) {
    const auto refuse = [](const std::string& problem) { throw ConfigError("training: " + problem); };
    if (options.steps < 0 || options.batch < 1 || options.sequence_hours < 1)
        refuse(fmt::format("expected steps >= 0, batch >= 1 and sequence_hours >= 1, found {}, {} and {}",
                           options.steps, options.batch, options.sequence_hours));
    if (split.train_end > data.hours || split.validation_end > data.hours)
        refuse(fmt::format("the split ends at hours {} and {}, the data at {}", split.train_end, split.validation_end,
                           data.hours));
    if (split.train_end < options.sequence_hours)
        refuse(fmt::format(
            "sequence_hours = {} does not fit into the {} hours of the training span. Mend: shorter sequences or a "
            "longer span",
            options.sequence_hours, split.train_end));
}

void require_same_data(const comm::Communicator& world, const std::string& fingerprint) {
    const auto all = world.all_gather(fingerprint);
    const auto other = std::ranges::find_if(all, [&](const auto& one) { return one != all.front(); });
    if (other != all.end())
        throw DataError(
            fmt::format("rank {} sees other data (fingerprint {}) than rank 0 ({}). Mend: let every rank read the same "
                        "series file",
                        other - all.begin(), *other, all.front()));
}

/// Everything one training run works with. Collective from construction on.
class Run {
public:
    Run(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
        const Split& split, const Options& options)
        : world_(world),
          model_(model),
          data_(data),
          split_(split),
          options_(options),
          features_(data, options.features),
          attention_(world, ring::Partition(options.partition, options.sequence_hours, world.size()),
                     model.attention_shape(options.batch), options.ring),
          optimizer(model.parameters(), options.optimizer) {}

    /// One optimiser step; the loss is that of the parameters before it.
    double train(std::int64_t step, double& gradient_norm) {
        const auto sequences = training_sequences(options_, data_, split_, step);
        features_.fill(batch_, sequences, attention_.positions(),
                       training_questions(options_, model_.options().horizon, split_, step));
        const auto [loss, weight] = total_loss();
        if (!std::isfinite(loss))
            throw NumericError(
                fmt::format("training step {}: the loss is {}. Mend: a lower learning_rate, or go on from the last "
                            "checkpoint with another seed",
                            step, loss));
        const auto gradients = model_.parameters().gradients();
        std::ranges::fill(gradients, 0.0f);
        model_.backward(batch_, attention_, weight > 0 ? 1.0 / weight : 0.0);
        world_.sum(gradients);
        gradient_norm = optimizer.update(model_.parameters(), step, options_.steps);
        return weight > 0 ? loss / weight : 0.0;
    }

    /// Mean loss over the validation span; empty where there is none.
    std::optional<double> validate() {
        const auto sequences = validation_sequences(options_, data_, split_);
        const Asked asked = validation_questions(options_, model_.options().horizon, split_);
        double loss = 0, weight = 0;
        for (std::size_t first = 0; first < sequences.size(); first += static_cast<std::size_t>(options_.batch)) {
            const auto part = std::span(sequences).subspan(first, static_cast<std::size_t>(options_.batch));
            features_.fill(batch_, part, attention_.positions(), asked);
            const auto [part_loss, part_weight] = total_loss();
            loss += part_loss;
            weight += part_weight;
        }
        if (weight == 0) return std::nullopt;
        return loss / weight;
    }

    const ring::Telemetry& telemetry() const { return attention_.telemetry(); }

private:
    /// Of batch_, over all ranks.
    std::array<double, 2> total_loss() {
        model_.forward(batch_, attention_);
        const auto local = model_.loss(batch_);
        std::array<double, 2> total{local.sum, local.weight};
        world_.sum(std::span<double>(total));
        return total;
    }

    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    const series::Dataset& data_;
    const Split& split_;
    const Options& options_;
    Features features_;
    ring::RingAttention attention_;
    model::Batch batch_;

public:
    AdamW optimizer;
};

bool exists_on_root(const comm::Communicator& world, const std::filesystem::path& path) {
    return world.sum(std::int64_t{world.is_root() && std::filesystem::exists(path) ? 1 : 0}) > 0;
}

bool is_due(std::int64_t steps_done, std::int64_t every) { return every > 0 && steps_done % every == 0; }

}  // namespace

Trainer::Trainer(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                 const Split& split, const Options& options, std::map<std::string, std::string> attributes)
    : world_(world), model_(model), data_(data), split_(split), options_(options), attributes_(std::move(attributes)) {}

Report Trainer::run(const std::filesystem::path& checkpoint, bool resume) {
    check(options_, data_, split_);
    const std::string fingerprint = series::fingerprint(data_);
    require_same_data(world_, fingerprint);
    world_.broadcast(
        std::as_writable_bytes(model_.parameters().values()));  // unlike machines may draw unlike last digits
    const auto mine = identity(model_, options_, split_, fingerprint);
    attributes_.insert(mine.begin(), mine.end());

    Run run(world_, model_, data_, split_, options_);
    Report report;
    if (resume && exists_on_root(world_, checkpoint))
        report.first_step = restore(world_, checkpoint, model_, run.optimizer, report, mine);
    if (report.first_step == options_.steps && options_.steps > 0) {
        log::info(fmt::format("{} is complete with {} steps: used as it is", checkpoint.string(), options_.steps));
        return report;
    }

    if (world_.is_root() && report.first_step > 0)
        log::info(
            fmt::format("{}: goes on from step {} of {}", checkpoint.string(), report.first_step, options_.steps));
    const std::int64_t tokens = options_.batch * options_.sequence_hours;
    std::optional<Progress> progress;
    if (world_.is_root()) progress.emplace("training", "hours", (options_.steps - report.first_step) * tokens);
    for (std::int64_t step = report.first_step; step < options_.steps; ++step) {
        const auto start = Clock::now();
        const std::int64_t done = step + 1;
        report.training_loss.push_back(run.train(step, report.gradient_norm.emplace_back()));
        report.seconds += seconds_since(start);
        if (is_due(done, options_.validate_every) || (options_.validate_every > 0 && done == options_.steps))
            if (const auto loss = run.validate()) {
                report.validation_step.push_back(static_cast<double>(done));
                report.validation_loss.push_back(*loss);
            }
        if (is_due(done, options_.checkpoint_every) && done < options_.steps)
            save(world_, checkpoint, model_, run.optimizer, report, done, attributes_);
        if (progress)
            progress->update((done - report.first_step) * tokens,
                             report.validation_loss.empty()
                                 ? fmt::format("step {}, loss {:.4f}", done, report.training_loss.back())
                                 : fmt::format("step {}, loss {:.4f}, validation {:.4f}", done,
                                               report.training_loss.back(), report.validation_loss.back()));
        if (options_.after_step) options_.after_step(done, report);
    }
    save(world_, checkpoint, model_, run.optimizer, report, options_.steps, attributes_);
    if (progress) progress->finish();
    report.tokens_per_second =
        report.seconds > 0 ? static_cast<double>((options_.steps - report.first_step) * tokens) / report.seconds : 0;
    report.ring = run.telemetry();
    return report;
}

}  // namespace gridring::train
