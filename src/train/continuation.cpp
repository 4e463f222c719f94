// SPDX-License-Identifier: MIT
#include "train/continuation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "gridring/core/error.hpp"
#include "gridring/store/checkpoint.hpp"

namespace gridring::train {
namespace {

std::vector<store::NamedTensor> to_tensors(const model::Parameters& parameters, std::span<const float> flat) {
    std::vector<store::NamedTensor> tensors;
    for (const auto& view : parameters.views()) {
        const auto part = flat.subspan(static_cast<std::size_t>(view.offset), static_cast<std::size_t>(view.size));
        tensors.push_back({view.name, view.shape, {part.begin(), part.end()}});
    }
    return tensors;
}

/// Copies tensors into `flat` by name, whatever their order; ConfigError unless names and shapes are those of the
/// model.
void from_tensors(const std::filesystem::path& path, const std::vector<store::NamedTensor>& tensors,
                  const model::Parameters& parameters, std::span<float> flat) {
    for (const auto& view : parameters.views()) {
        const auto found = std::ranges::find(tensors, view.name, &store::NamedTensor::name);
        const bool is_there = found != tensors.end();
        if (!is_there || found->shape != view.shape)
            throw ConfigError(
                fmt::format("{}: tensor {}: expected shape [{}], found {}. Mend: use the model section of the "
                            "configuration this checkpoint was trained with",
                            path.string(), view.name, fmt::join(view.shape, ", "),
                            is_there ? fmt::format("[{}]", fmt::join(found->shape, ", ")) : "none"));
        std::ranges::copy(found->values, flat.begin() + view.offset);
    }
    if (tensors.size() != parameters.views().size())
        throw ConfigError(
            fmt::format("{}: expected {} tensors, found {}. Mend: use the model section of the configuration this "
                        "checkpoint was trained with",
                        path.string(), parameters.views().size(), tensors.size()));
}

/// Where two texts "name value name value …" differ.
std::string difference(const std::string& asked, const std::string& found) {
    std::istringstream left(asked), right(found);
    std::string text, name, value, other_name, other;
    while (left >> name >> value && right >> other_name >> other)
        if (value != other)
            text +=
                fmt::format("{}{} {} in the checkpoint, {} asked for", text.empty() ? "" : "; ", name, other, value);
    return text.empty() ? "another layout" : text;
}

void require_same(const std::filesystem::path& path, const std::map<std::string, std::string>& expected,
                  const std::map<std::string, std::string>& found) {
    for (const auto& [key, value] : expected) {
        const auto there = found.find(key);
        if (there == found.end() || there->second != value)
            throw ConfigError(
                fmt::format("{}: this checkpoint is of another {}: {}. Mend: go back to that configuration and data, "
                            "choose another run folder, or "
                            "start again with --fresh",
                            path.string(), key, difference(value, there == found.end() ? "" : there->second)));
    }
}

std::string describe_data(const Split& split, const std::string& fingerprint) {
    return fmt::format("fingerprint {} train_end {}", fingerprint, split.train_end);
}

void broadcast(const comm::Communicator& world, std::span<float> values) {
    world.broadcast(std::as_writable_bytes(values));
}

void broadcast(const comm::Communicator& world, std::vector<double>& values) {
    auto size = static_cast<std::uint64_t>(values.size());
    world.broadcast(std::as_writable_bytes(std::span(&size, 1)));
    values.resize(size);
    world.broadcast(std::as_writable_bytes(std::span(values)));
}

}  // namespace

std::map<std::string, std::string> identity(const model::EnergyTransformer& model, const Options& options,
                                            const Split& split, const std::string& data_fingerprint) {
    const auto& m = model.options();
    const auto& o = options.optimizer;
    return {{"model",
             fmt::format("layers {} width {} heads {} kv_heads {} feed_forward {} head_width {} head_layers {} horizon "
                         "{} quantiles {} "
                         "rope_base {} inputs {} {}",
                         m.layers, m.width, m.heads, m.kv_heads, m.feed_forward, m.head_width, m.head_layers, m.horizon,
                         fmt::join(m.quantiles, ","), m.rope_base, model.widths().token, model.widths().target)},
            {"training", fmt::format("steps {} batch {} sequence_hours {} origin_every {} leads {} seed {} "
                                     "learning_rate {} final_fraction {} warmup_steps {} "
                                     "beta1 {} beta2 {} epsilon {} weight_decay {} clip_norm {} units {} look_back {}",
                                     options.steps, options.batch, options.sequence_hours, options.origin_every,
                                     options.leads, options.seed, o.learning_rate, o.final_fraction, o.warmup_steps,
                                     o.beta1, o.beta2, o.epsilon, o.weight_decay, o.clip_norm,
                                     series::name_of(options.features.units), options.features.look_back)},
            {"data", describe_data(split, data_fingerprint)}};
}

void save(const comm::Communicator& world, const std::filesystem::path& path, const model::EnergyTransformer& model,
          const AdamW& optimizer, const Report& report, std::int64_t steps_done,
          const std::map<std::string, std::string>& attributes) {
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        store::Checkpoint checkpoint;
        checkpoint.step = steps_done;
        checkpoint.parameters = to_tensors(model.parameters(), model.parameters().values());
        checkpoint.first_moment = to_tensors(model.parameters(), optimizer.first_moment);
        checkpoint.second_moment = to_tensors(model.parameters(), optimizer.second_moment);
        checkpoint.attributes = attributes;
        checkpoint.training_loss = report.training_loss;
        checkpoint.validation_step = report.validation_step;
        checkpoint.validation_loss = report.validation_loss;
        store::write_checkpoint(path, checkpoint);
    });
}

std::int64_t restore(const comm::Communicator& world, const std::filesystem::path& path,
                     model::EnergyTransformer& model, AdamW& optimizer, Report& report,
                     const std::map<std::string, std::string>& expected) {
    auto& parameters = model.parameters();
    std::int64_t step = 0;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        const auto checkpoint = store::read_checkpoint(path);
        require_same(path, expected, checkpoint.attributes);
        from_tensors(path, checkpoint.parameters, parameters, parameters.values());
        from_tensors(path, checkpoint.first_moment, parameters, optimizer.first_moment);
        from_tensors(path, checkpoint.second_moment, parameters, optimizer.second_moment);
        step = checkpoint.step;
        report.training_loss = checkpoint.training_loss;
        report.validation_step = checkpoint.validation_step;
        report.validation_loss = checkpoint.validation_loss;
    });
    world.broadcast(std::as_writable_bytes(std::span(&step, 1)));
    broadcast(world, parameters.values());
    broadcast(world, optimizer.first_moment);
    broadcast(world, optimizer.second_moment);
    for (auto* losses : {&report.training_loss, &report.validation_step, &report.validation_loss})
        broadcast(world, *losses);
    return step;
}

void load_parameters(const comm::Communicator& world, const std::filesystem::path& path,
                     model::EnergyTransformer& model, const series::Dataset& data, const Split& split) {
    auto& parameters = model.parameters();
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        const auto checkpoint = store::read_checkpoint(path);
        require_same(path, {{"data", describe_data(split, series::fingerprint(data))}}, checkpoint.attributes);
        from_tensors(path, checkpoint.parameters, parameters, parameters.values());
    });
    broadcast(world, parameters.values());
}

}  // namespace gridring::train
