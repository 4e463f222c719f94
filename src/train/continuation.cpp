// SPDX-License-Identifier: MIT
#include "train/continuation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/checkpoint.hpp"
#include "gridring/store/encryption.hpp"
#include "train/baseline_fit.hpp"
#include "train/checkpoint_files.hpp"

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
/// model, and then `flat` is untouched.
void from_tensors(const std::filesystem::path& path, const std::vector<store::NamedTensor>& tensors,
                  const model::Parameters& parameters, std::span<float> flat) {
    constexpr auto mend = "Mend: use the model section of the configuration this checkpoint was trained with";
    const auto find = [&](const model::ParameterView& view) {
        return std::ranges::find(tensors, view.name, &store::NamedTensor::name);
    };
    for (const auto& view : parameters.views()) {
        const auto found = find(view);
        const bool is_there = found != tensors.end();
        if (!is_there || found->shape != view.shape)
            throw ConfigError(fmt::format("{}: tensor {}: expected shape [{}], found {}. {}", path.string(), view.name,
                                          fmt::join(view.shape, ", "),
                                          is_there ? fmt::format("[{}]", fmt::join(found->shape, ", ")) : "none",
                                          mend));
    }
    if (tensors.size() != parameters.views().size())
        throw ConfigError(fmt::format("{}: expected {} tensors, found {}. {}", path.string(), parameters.views().size(),
                                      tensors.size(), mend));
    for (const auto& view : parameters.views()) std::ranges::copy(find(view)->values, flat.begin() + view.offset);
}

/// Gives all ranks the baseline that rank 0 read. Collective.
void spread_baseline(const comm::Communicator& world, const std::vector<store::NamedTensor>& fixed,
                     model::EnergyTransformer& model) {
    model::LinearBaseline baseline = to_baseline(fixed);
    share(world, baseline);
    model.set_baseline(std::move(baseline));
}

/// Where two texts "name value name value …" differ.
std::string difference(const std::string& asked, const std::string& found) {
    std::istringstream left(asked), right(found);
    std::string text, name, value, other_name, other;
    while (left >> name >> value && right >> other_name >> other)
        if (value != other)
            text +=
                fmt::format("{}{} {} in the checkpoint, {} asked for", text.empty() ? "" : "; ", name, other, value);
    if (left) text += fmt::format("{}no {} in the checkpoint, {} asked for", text.empty() ? "" : "; ", name, value);
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

/// Everything but the optimiser's state; on rank 0.
store::Checkpoint begin_checkpoint(const comm::Communicator& world, const model::EnergyTransformer& model,
                                   const Report& report, const std::map<std::string, std::string>& attributes) {
    store::Checkpoint checkpoint;
    if (!world.is_root()) return checkpoint;
    checkpoint.step = report.steps_done;
    checkpoint.parameters = to_tensors(model.parameters(), model.parameters().values());
    checkpoint.fixed = fixed_tensors(model.baseline());
    checkpoint.attributes = attributes;
    checkpoint.training_loss = report.training_loss;
    checkpoint.validation_step = report.validation_step;
    checkpoint.validation_loss = report.validation_loss;
    return checkpoint;
}

/// The first whole one, from the newest on; those before it are set aside. Empty where there is none.
std::optional<store::Checkpoint> read_newest(const std::filesystem::path& path) {
    const auto all = checkpoints_at(path);
    for (const auto& each : all) {
        try {
            auto checkpoint = store::read_checkpoint(each);
            if (each != path)
                log::warning(fmt::format("{}: the newest checkpoint that is whole is {}, of step {}", path.string(),
                                         each.filename().string(), checkpoint.step));
            return checkpoint;
        } catch (const StoreError& error) {
            if (each == all.back() || !store::is_damaged(each)) throw;
            log::warning(fmt::format("{}; set aside for the checkpoint before it", error.what()));
            set_aside(each, path);
        }
    }
    return std::nullopt;
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
    const auto& features = options.features;
    return {
        {"model",
         fmt::format("layers {} width {} heads {} kv_heads {} feed_forward {} head_width {} head_layers {}{}{} horizon "
                     "{} quantiles {} "
                     "rope_base {} inputs {} {}{}",
                     m.layers, m.width, m.heads, m.kv_heads, m.feed_forward, m.head_width, m.head_layers,
                     m.head_ends.empty() ? "" : fmt::format(" head_ends {}", fmt::join(m.head_ends, ",")),
                     m.dropout > 0 ? fmt::format(" dropout {}", m.dropout) : "", m.horizon, fmt::join(m.quantiles, ","),
                     m.rope_base, model.widths().token, model.widths().target,
                     m.objective == model::Objective::squared ? " objective squared" : "")},
        {"training",
         fmt::format(
             "steps {} batch {} sequence_hours {} origin_every {} leads {} seed {} "
             "learning_rate {} final_fraction {} warmup_steps {} "
             "beta1 {} beta2 {} epsilon {} weight_decay {} clip_norm {} units {} look_back {}{}{}{}{}{}{}{}{}",
             options.steps, options.batch, options.sequence_hours, options.origin_every, options.leads, options.seed,
             o.learning_rate, o.final_fraction, o.warmup_steps, o.beta1, o.beta2, o.epsilon, o.weight_decay,
             o.clip_norm, series::name_of(options.features.units), options.features.look_back,
             o.average_decay > 0 ? fmt::format(" average_decay {}", o.average_decay) : "",
             options.origin_hours.empty() ? "" : fmt::format(" origin_hours {}", fmt::join(options.origin_hours, ",")),
             options.anonymous != Options{}.anonymous ? fmt::format(" anonymous {}", options.anonymous) : "",
             options.near != 24 ? fmt::format(" near {}", options.near) : "",
             options.later_weight < 1 ? fmt::format(" later_weight {}", options.later_weight) : "",
             features.token_look_back > 0 ? fmt::format(" token_look_back {}", features.token_look_back) : "",
             features.calendar != CalendarInputs::full ? fmt::format(" calendar {}", to_string(features.calendar)) : "",
             options.baseline.kind == BaselineOptions::Kind::ridge
                 ? fmt::format(" baseline ridge hours {} penalty {} own {}", options.baseline.hours,
                               options.baseline.penalty, options.baseline.own)
                 : "")},
        {"data", describe_data(split, data_fingerprint)}};
}

void save(const comm::Communicator& world, const std::filesystem::path& path, std::int64_t older,
          const model::EnergyTransformer& model, const AdamW& optimizer, const Report& report,
          const std::map<std::string, std::string>& attributes) {
    auto checkpoint = begin_checkpoint(world, model, report, attributes);
    const auto gather = [&](const std::vector<float>& share) {
        const auto whole = world.gather(share);  // shares follow each other in rank order
        return world.is_root() ? to_tensors(model.parameters(), whole) : std::vector<store::NamedTensor>{};
    };
    checkpoint.first_moment = gather(optimizer.first_moment);
    checkpoint.second_moment = gather(optimizer.second_moment);
    if (optimizer.options().average_decay > 0) checkpoint.average = gather(optimizer.average);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        store::write_checkpoint(path, checkpoint, [&] { keep_older(path, older); });
    });
}

std::optional<std::int64_t> restore(const comm::Communicator& world, const std::filesystem::path& path,
                                    model::EnergyTransformer& model, AdamW& optimizer, Report& report,
                                    const std::map<std::string, std::string>& expected) {
    auto& parameters = model.parameters();
    store::Checkpoint checkpoint;
    std::int64_t is_there = 0;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        if (auto found = read_newest(path)) checkpoint = std::move(*found), is_there = 1;
        if (is_there != 0) require_same(path, expected, checkpoint.attributes);
    });
    if (world.sum(is_there) == 0) return std::nullopt;
    const auto spread = [&](std::vector<store::NamedTensor>& tensors, std::span<float> whole) {
        comm::run_together(world, [&] {
            if (world.is_root()) from_tensors(path, tensors, parameters, whole);
        });
        tensors.clear();
        broadcast(world, whole);
    };
    const auto spread_shares = [&](std::vector<store::NamedTensor>& tensors, std::vector<float>& mine) {
        spread(tensors, parameters.gradients());  // room of the right size that nobody needs now
        std::ranges::copy(parameters.gradients().subspan(optimizer.share().first, mine.size()), mine.begin());
    };
    spread(checkpoint.parameters, parameters.values());
    spread_shares(checkpoint.first_moment, optimizer.first_moment);
    spread_shares(checkpoint.second_moment, optimizer.second_moment);
    if (optimizer.options().average_decay > 0) spread_shares(checkpoint.average, optimizer.average);
    spread_baseline(world, checkpoint.fixed, model);
    world.broadcast(std::as_writable_bytes(std::span(&checkpoint.step, 1)));
    for (auto* losses : {&checkpoint.training_loss, &checkpoint.validation_step, &checkpoint.validation_loss})
        broadcast(world, *losses);
    report.training_loss = std::move(checkpoint.training_loss);
    report.validation_step = std::move(checkpoint.validation_step);
    report.validation_loss = std::move(checkpoint.validation_loss);
    return checkpoint.step;
}

std::filesystem::path best_beside(const std::filesystem::path& checkpoint) {
    return checkpoint.parent_path() / "best.h5";
}

void save_best(const comm::Communicator& world, const std::filesystem::path& checkpoint,
               const model::EnergyTransformer& model, const Report& report,
               const std::map<std::string, std::string>& attributes) {
    comm::run_together(world, [&] {
        if (world.is_root())
            store::write_checkpoint(best_beside(checkpoint), begin_checkpoint(world, model, report, attributes));
    });
}

bool load_best(const comm::Communicator& world, const std::filesystem::path& checkpoint,
               model::EnergyTransformer& model, const std::map<std::string, std::string>& expected) {
    const auto path = best_beside(checkpoint);
    std::int64_t is_usable = 0;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        try {
            const auto best = store::read_checkpoint(path);
            require_same(path, expected, best.attributes);
            from_tensors(path, best.parameters, model.parameters(), model.parameters().values());
            is_usable = 1;
        } catch (const store::KeyError&) {
            throw;
        } catch (const Error& error) {
            log::warning(fmt::format("the last weights are used, not the best: {}", error.what()));
        }
    });
    if (world.sum(is_usable) == 0) return false;
    broadcast(world, model.parameters().values());
    return true;
}

void remove_best(const comm::Communicator& world, const std::filesystem::path& checkpoint) {
    comm::run_together(world, [&] {
        const auto path = best_beside(checkpoint);
        std::error_code error;
        if (world.is_root()) std::filesystem::remove(path, error);
        if (error)
            throw StoreError(path.string(),
                             "cannot remove the best weights of the training before: " + error.message());
    });
}

void load_parameters(const comm::Communicator& world, const std::filesystem::path& checkpoint,
                     model::EnergyTransformer& model, Keep keep, const std::map<std::string, std::string>& expected) {
    auto& parameters = model.parameters();
    std::vector<store::NamedTensor> fixed;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        const auto best = best_beside(checkpoint);
        const auto path = keep == Keep::best && std::filesystem::exists(best) ? best : checkpoint;
        const auto found = store::read_checkpoint(path);
        require_same(path, expected, found.attributes);
        from_tensors(path, found.average.empty() ? found.parameters : found.average, parameters, parameters.values());
        fixed = found.fixed;
    });
    broadcast(world, parameters.values());
    spread_baseline(world, fixed, model);
}

void load_parameters(const comm::Communicator& world, const std::filesystem::path& checkpoint,
                     model::EnergyTransformer& model, const series::Dataset& data, const Split& split, Keep keep) {
    load_parameters(world, checkpoint, model, keep, {{"data", describe_data(split, series::fingerprint(data))}});
}

}  // namespace gridring::train
