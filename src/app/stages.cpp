// SPDX-License-Identifier: MIT
#include "app/stages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/live_files.hpp"
#include "app/metrics.hpp"
#include "app/model_card.hpp"
#include "app/peak_memory.hpp"
#include "app/run_folder.hpp"
#include "app/status_file.hpp"
#include "app/stop_signal.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/scores.hpp"
#include "gridring/observe/report.hpp"
#include "gridring/series/covariates.hpp"
#include "gridring/store/encryption.hpp"
#include "gridring/train/features.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

/// A copy of rank 0's series file for a rank that sees no such file or another one.
store::Series series_from_root(const comm::Communicator& world, const Settings& settings) {
    std::string bytes;
    comm::run_together(world, [&] {
        const fs::path file = settings.series_file();  // where there is a key, no rank's disk sees it in plain
        if (world.is_root()) bytes = store::encrypt_if_asked(store::decrypt_if_encrypted(read_file(file), file));
    });
    world.broadcast(bytes);
    const fs::path copy = temporary_beside(fs::temp_directory_path() / fmt::format("gridring-series-{}", world.rank()));
    std::optional<store::Series> series;
    comm::run_together(world, [&] {
        write_file_atomically(copy, bytes);
        series = store::read_series(copy);
        fs::remove(copy);
    });
    return *series;
}

store::Series read_shared_series(const comm::Communicator& world, const Settings& settings) {
    std::optional<store::Series> series;
    std::string seen = "nothing";
    if (world.is_root()) {
        comm::run_together(world, [&] { series = store::read_series(settings.series_file()); });
    } else {
        comm::run_together(world, [] {});  // rank 0's error is everybody's
        try {
            series = store::read_series(settings.series_file());
        } catch (const StoreError&) {
        }
    }
    if (series)
        seen = series->provenance.retrieved_at +
               series::fingerprint(series::prepare(*series, 0, {}, {}, settings.screening));
    const auto all = world.all_gather(seen);
    const bool is_same = std::ranges::all_of(all, [&](const std::string& text) { return text == all.front(); });
    return is_same ? std::move(*series) : series_from_root(world, settings);
}

std::string forecast_text(const store::Results& results) {
    const std::size_t width =
        std::max<std::size_t>(6, std::ranges::max(results.regions, {}, &std::string::size).size());
    std::string text = fmt::format("{:<{}}  {:<18}{:>12}{:>12}{:>12}\n", "region", width, "peak hour (UTC)",
                                   "forecast MW", "low MW", "high MW");
    const std::size_t quantiles = results.quantiles.size();
    const auto leads = static_cast<std::size_t>(results.horizon);
    const auto median = results.median();
    for (std::size_t region = 0; region < results.regions.size(); ++region) {
        const float* values = results.forecast.data() + region * leads * quantiles;
        std::size_t peak = 0;
        for (std::size_t lead = 1; lead < leads; ++lead)
            if (values[lead * quantiles + median] > values[peak * quantiles + median]) peak = lead;
        const float* at_peak = values + peak * quantiles;
        text += fmt::format("{:<{}}  {:<18}{:>12.0f}{:>12.0f}{:>12.0f}\n", results.regions[region], width,
                            to_string(results.origins[region].front() + std::chrono::hours{peak + 1}), at_peak[median],
                            at_peak[0], at_peak[quantiles - 1]);
    }
    return text;
}

}  // namespace

std::map<std::string, std::string> attributes_of(const Settings& settings) {
    return {{"config", dump_settings(settings)},
            {"command", settings.command},
            {"seed", std::to_string(settings.seed)},
            {"git_commit", std::string(git_commit())},
            {"version", std::string(version())}};
}

Prepared prepare_stage(const comm::Communicator& world, const Settings& settings) {
    Prepared prepared;
    prepared.series = read_shared_series(world, settings);
    comm::run_together(world, [&] {
        std::vector<std::string> zones(prepared.series.regions.size());
        for (const auto& [code, zone] : settings.time_zones)
            zones[static_cast<std::size_t>(prepared.series.region_index(code))] = zone;
        prepared.data =
            series::prepare(prepared.series, settings.model.horizon, zones, settings.covariates, settings.screening);
        series::keep_hours_of(prepared.data, prepared.series);
        prepared.split = resolve_split(settings, prepared.data);
        series::fit_covariates(prepared.data, prepared.split.train_end);
        if (settings.tells_regions_apart) prepared.data.told_apart = prepared.data.regions;
    });
    return prepared;
}

model::EnergyTransformer make_model(const Settings& settings, const series::Dataset& data) {
    return model::EnergyTransformer(settings.model, train::input_widths(data), settings.seed);
}

Trained train_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model, bool is_fresh) {
    auto attributes = attributes_of(settings);
    if (!prepared.data.covariates.empty()) attributes["covariates"] = series::describe_scales(prepared.data);
    if (!prepared.data.told_apart.empty())
        attributes["told_apart"] = fmt::format("{}", fmt::join(prepared.data.told_apart, "\n"));
    const std::int64_t share = memory_share_bytes(world.split_by_memory().size());
    model.keep_at_most(std::min(model::most_kept_bytes, share / 8));
    train::Options options = settings.train;
    const StopSignal stop("stopping after the step in hand, with a checkpoint (once more stops at once)");
    options.is_stop_asked = [&] { return stop.signal() != 0; };
    StatusFile status_file(settings.status_file());
    ProgressLog progress_log(settings.folder / "progress.jsonl");
    if (world.is_root()) remove_rank_files(settings.folder);
    world.barrier();
    RankFile rank_file(settings.folder, world.rank(), world.size(), options.ring.threads);
    const auto tell = [&](const train::Report& report, bool is_last) {
        if (report.gradient_norm.empty()) return;  // no step of this start
        rank_file.write(report, is_last);
        if (!world.is_root()) return;
        progress_log.write(report, options.batch * options.sequence_hours, is_last);
        status_file.write(
            {report.steps_done, options.steps, report.checkpoint_step, report.training_loss.back(),
             report.gradient_norm.back(), report.tokens_per_second, world.size(), is_last, report.is_stopped},
            is_last);
    };
    options.after_step = [&](std::int64_t, const train::Report& report) {
        tell(report, false);
        if (settings.metrics.port != 0) count_training(options, report);
    };
    if (settings.metrics.port != 0) begin_counting(options);
    train::Trainer trainer(world, model, prepared.data, prepared.split, options, std::move(attributes));
    train::Report report = trainer.run(settings.checkpoint_file(), !is_fresh);
    if (settings.metrics.port != 0) end_counting(report);
    const bool is_over = !report.is_stopped;
    report.is_stopped |= world.sum(std::int64_t{stop.signal() != 0 ? 1 : 0}) > 0;  // behind the last step as well
    tell(report, true);
    const auto peak_bytes = world.all_gather(peak_memory_bytes());
    const bool has_trained = !report.gradient_norm.empty();
    comm::run_together(world, [&] {
        if (world.is_root() && (has_trained || !fs::exists(settings.folder / "training.json")))
            write_training(settings, report, prepared.data, prepared.split, model.parameters().size(), peak_bytes,
                           prepared.series.provenance.source);
        if (world.is_root() && has_trained && is_over) write_model_card(settings, false);
    });
    return {has_trained, report.is_stopped, report.steps_done};
}

void end_if_stopped(const comm::Communicator& world, const Settings& settings, const Trained& trained) {
    comm::run_together(world, [&] {
        if (trained.is_stopped)
            throw StoppedError(fmt::format("{}: stopped as asked, step {} of {} is kept; the same command goes on",
                                           settings.checkpoint_file().string(), trained.steps_done,
                                           settings.train.steps));
    });
}

void evaluate_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model) {
    std::vector<std::vector<std::int64_t>> origins;
    for (std::size_t region = 0; region < prepared.data.regions.size(); ++region)
        origins.push_back(series::midnight_origins(prepared.data, static_cast<std::int64_t>(region),
                                                   prepared.split.validation_end, prepared.data.hours));
    auto results = forecast::backtest(world, model, prepared.data, origins, settings.evaluate);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        results.attributes = attributes_of(settings);
        store::write_results(settings.folder / "results.h5", results);
        const auto scores = forecast::score(results, prepared.data, prepared.series);
        write_file_atomically(settings.folder / "scores.json", forecast::to_json(scores, results));
        write_model_card(settings, true);
        fmt::print(
            "{}-hour forecasts from every local midnight of the held-back tail, same hours for every column:\n{}\n",
            settings.model.horizon, forecast::to_text(scores));
        std::fflush(stdout);
    });
}

void forecast_last(const comm::Communicator& world, const Settings& settings, const series::Dataset& data,
                   const fs::path& file, const Forecast& forecast) {
    const std::string end = to_string(data.hour_at(data.hours - 1));
    auto results = forecast();
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        results.attributes.merge(attributes_of(settings));
        store::write_results(file, results);
        fmt::print("the {} hours after {}:\n{}\n", results.horizon, end, forecast_text(results));
        std::fflush(stdout);
    });
}

void warn_of_absent(const series::Dataset& data, std::int64_t horizon) {
    const auto absent = series::absent_day_ahead(data, horizon);
    if (!absent.empty())
        log::warning(
            fmt::format("{}: issued by now for the hours to be forecast, and not in the data; forecast without. Mend: "
                        "`gridring extract` with --to two days ahead (not for live, which takes no hours to come)",
                        fmt::join(absent, ", ")));
}

void forecast_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model) {
    const series::Dataset& data = prepared.data;
    comm::run_together(world, [&] {
        series::expect_known_ahead(data, settings.model.horizon);
        warn_of_absent(data, settings.model.horizon);
    });
    const std::vector<std::vector<std::int64_t>> last(data.regions.size(), {data.hours - 1});
    forecast_last(world, settings, data, settings.folder / "forecast.h5",
                  [&] { return forecast::backtest(world, model, data, last, settings.evaluate); });
}

void report_stage(const comm::Communicator& world, const Settings& settings) {
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        const fs::path html = settings.folder / "report.html";
        if (store::has_key())
            return log::info(
                fmt::format("no {}: it would show in plain what is encrypted; `gridring report {} -o FILE` "
                            "writes it where you want it",
                            html.string(), settings.folder.string()));
        observe::write_report(settings.folder, html);
        fmt::print("report: {}\n", fs::absolute(html).string());
    });
}

}  // namespace gridring::app
