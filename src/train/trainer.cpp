// SPDX-License-Identifier: MIT
#include "gridring/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "train/baseline_fit.hpp"
#include "train/checkpoint_files.hpp"
#include "train/continuation.hpp"
#include "train/progress_line.hpp"
#include "train/session.hpp"

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

bool has_reached_until(const Options& options, const Report& report) {
    return options.until > 0 && report.steps_done >= options.until;
}

bool is_due(std::int64_t steps_done, std::int64_t every) { return every > 0 && steps_done % every == 0; }

}  // namespace

std::optional<std::size_t> Report::best() const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < validation_loss.size(); ++i)  // NaN is never the best
        if (validation_loss[i] < (best ? validation_loss[*best] : std::numeric_limits<double>::infinity())) best = i;
    return best;
}

Keep parse_keep(std::string_view name) {
    for (const auto keep : {Keep::best, Keep::last})
        if (to_string(keep) == name) return keep;
    throw ConfigError(fmt::format("expected best or last, found '{}'", name));
}

std::string_view to_string(Keep keep) { return keep == Keep::best ? "best" : "last"; }

BaselineOptions::Kind parse_baseline(std::string_view name) {
    for (const auto kind : {BaselineOptions::Kind::week, BaselineOptions::Kind::ridge})
        if (to_string(kind) == name) return kind;
    throw ConfigError(fmt::format("expected week or ridge, found '{}'", name));
}

std::string_view to_string(BaselineOptions::Kind kind) {
    return kind == BaselineOptions::Kind::week ? "week" : "ridge";
}

Trainer::Trainer(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
                 const Split& split, const Options& options, std::map<std::string, std::string> attributes)
    : world_(world), model_(model), data_(data), split_(split), options_(options), attributes_(std::move(attributes)) {}

Report Trainer::run(const std::filesystem::path& checkpoint, bool resume) {
    check(options_, data_, split_);
    comm::run_together(world_, [&] { resolve_data_ranks(options_.data_ranks, world_.size(), options_.batch); });
    const std::string fingerprint = series::fingerprint(data_);
    require_same_data(world_, fingerprint);
    world_.broadcast(
        std::as_writable_bytes(model_.parameters().values()));  // unlike machines may draw unlike last digits
    const auto mine = identity(model_, options_, split_, fingerprint);
    attributes_.insert(mine.begin(), mine.end());

    if (world_.is_root())  // what trainings here left that were killed while they wrote
        for (const auto& path : {checkpoint, best_beside(checkpoint)}) remove_orphans_of(path);
    Session session(world_, model_, data_, split_, options_);
    Report report;
    report.data_ranks = session.grid().groups();
    const auto resumed = resume ? restore(world_, checkpoint, model_, session.optimizer(), report, mine) : std::nullopt;
    if (resumed)
        report.first_step = report.checkpoint_step = *resumed;
    else {
        comm::run_together(world_, [&] {
            if (world_.is_root()) remove_checkpoints(checkpoint);
        });
        remove_best(world_, checkpoint);
        if (options_.baseline.kind == BaselineOptions::Kind::ridge)
            model_.set_baseline(fit_baseline(world_, data_, split_, model_.options().horizon, options_));
    }
    report.steps_done = report.first_step;
    if (report.first_step > 0 && is_over(report)) {
        if (world_.is_root())
            log::info(
                fmt::format("{} is complete with {} steps: used as it is", checkpoint.string(), report.steps_done));
    } else {
        if (world_.is_root() && report.first_step > 0)
            log::info(
                fmt::format("{}: goes on from step {} of {}", checkpoint.string(), report.first_step, options_.steps));
        go_on(session, report, checkpoint);
    }
    if (options_.keep != Keep::best || !report.best() || !load_best(world_, checkpoint, model_, mine))
        use_average(world_, model_.parameters(), session.optimizer());
    return report;
}

/// Steps and validations until it is over or asked to stop.
void Trainer::go_on(Session& session, Report& report, const std::filesystem::path& checkpoint) {
    const std::int64_t tokens = options_.batch * options_.sequence_hours;
    const auto save_now = [&] {
        save(world_, checkpoint, options_.older_checkpoints, model_, session.optimizer(), report, attributes_);
        report.checkpoint_step = report.steps_done;
    };
    std::optional<Progress> progress;
    if (world_.is_root()) progress.emplace("training", "tokens", (options_.steps - report.first_step) * tokens);
    report.is_stopped = has_reached_until(options_, report);
    while (!is_over(report) && !report.is_stopped) {
        const auto start = Clock::now();
        report.training_loss.push_back(session.train(report.steps_done, report.gradient_norm.emplace_back()));
        report.seconds += seconds_since(start);
        const std::int64_t done = ++report.steps_done;
        if (is_due(done, options_.validate_every) || (options_.validate_every > 0 && done == options_.steps))
            validate(session, report, checkpoint);
        if (is_due(done, options_.checkpoint_every) && !is_over(report)) save_now();
        if (progress) progress->update((done - report.first_step) * tokens, describe_progress(report, options_.steps));
        report.ring = session.telemetry();
        if (report.seconds > 0)
            report.tokens_per_second = static_cast<double>((done - report.first_step) * tokens) / report.seconds;
        if (options_.after_step) options_.after_step(done, report);
        report.is_stopped = is_stop_asked(report) && !is_over(report);
    }
    if (report.checkpoint_step < report.steps_done) save_now();
    if (progress) progress->finish();
    if (world_.is_root() && report.steps_done < options_.steps && !report.is_stopped)
        log::info(fmt::format("training stops after step {}: no lower validation loss in {} validations",
                              report.steps_done, options_.patience));
}

bool Trainer::is_stop_asked(const Report& report) const {
    if (has_reached_until(options_, report)) return true;
    return options_.is_stop_asked && world_.sum(std::int64_t{options_.is_stop_asked() ? 1 : 0}) > 0;
}

/// Of the averaged weights, where there are such; they are kept when none were better.
void Trainer::validate(Session& session, Report& report, const std::filesystem::path& checkpoint) {
    auto& parameters = model_.parameters();
    const auto replaced = use_average(world_, parameters, session.optimizer());
    if (const auto loss = session.validate()) {
        report.validation_step.push_back(static_cast<double>(report.steps_done));
        report.validation_loss.push_back(*loss);
        if (report.best() == report.validation_loss.size() - 1)
            save_best(world_, checkpoint, model_, report, attributes_);
    }
    restore_parameters(world_, parameters, session.optimizer(), replaced);
}

/// Told from the losses alone, so that a resumed run, whose checkpoint holds them, decides as one that never stopped.
bool Trainer::is_over(const Report& report) const {
    if (report.steps_done >= options_.steps) return true;
    const auto best = report.best();
    return options_.patience > 0 && best &&
           report.validation_loss.size() - 1 - *best >= static_cast<std::size_t>(options_.patience);
}

}  // namespace gridring::train
