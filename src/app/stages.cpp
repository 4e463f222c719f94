// SPDX-License-Identifier: MIT
#include "app/stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/run_folder.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/scores.hpp"
#include "gridring/observe/report.hpp"
#include "gridring/train/features.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* emulator_key = "emulator";  // the emulator accepts any key; this one is no secret

std::string key_from_environment() {
    const char* key = std::getenv("EIA_API_KEY");
    return key ? key : "";
}

/// An address of one's own is meant, so it is not passed over for want of a key.
SourceKind resolve_source(const Settings& settings) {
    if (!key_from_environment().empty()) return SourceKind::eia;
    if (settings.extract.base_url == extract::Options{}.base_url) return SourceKind::emulator;
    throw ConfigError(
        "/source/eia/base_url: needs a key in the environment variable EIA_API_KEY (any text for `gridring emulate`)");
}

/// The request, and for a folder of CSV files what tells an edited one: sizes and times.
std::string request_of(const Settings& settings) {
    std::string text = describe_request(settings);
    if (settings.source != SourceKind::emulator || settings.emulator.data.empty()) return text;
    for (const auto& region : settings.extract.regions)
        for (const char* ending : {".csv", ".csv.gz"}) {
            const fs::path file = settings.emulator.data / (region + ending);
            std::error_code error;
            if (!fs::exists(file, error)) continue;
            text += fmt::format(", {} {} {}", file.filename().string(), fs::file_size(file, error),
                                fs::last_write_time(file, error).time_since_epoch().count());
        }
    return text;
}

/// Whether series.h5 is there and came from the same request.
bool has_series_of(const Settings& settings) {
    const fs::path summary = settings.folder / "extraction.json";
    if (!fs::exists(settings.series_file()) || !fs::exists(summary)) return false;
    const Json content = Json::parse(read_file(summary), nullptr, false);
    return content.is_object() && content.value("request", "") == request_of(settings) &&
           content.value("failed_requests", Json::array()).empty();  // holes of a bad night are tried again
}

/// A trained folder keeps the series that it was trained on.
void refuse_other_series(const Settings& settings) {
    if (fs::exists(settings.checkpoint_file()) && fs::exists(settings.series_file()))
        throw ConfigError(
            fmt::format("{}: holds a training on a series of another request (source, regions, types or hours). Mend: "
                        "choose another folder with --set run.folder=…, or start this one again with --fresh",
                        settings.folder.string()));
}

void publish(const Settings& settings, const extract::Summary& summary, const std::string& request,
             const std::string& source_name) {
    Json content = Json::parse(extract::to_json(summary));
    content["request"] = request;
    content["source"] = source_name;
    write_file_atomically(settings.folder / "extraction.json", content.dump(1) + "\n");
    fmt::print("{}\n", extract::to_text(summary));
    std::fflush(stdout);
}

std::string history() { return fmt::format("gridring {} ({}) extract", version(), git_commit()); }

/// What arrived is published; that something did not is an error all the same, so that a nightly job tells of it.
void extract_caiso(const Settings& settings) {
    extract::CaisoOptions options = settings.caiso;
    options.from = settings.extract.from;
    options.to = settings.extract.to;
    options.folder = settings.folder;
    options.attempts = settings.extract.attempts;
    options.clean = settings.extract.clean;
    options.history = history();
    const auto summary = extract::run_caiso(options);
    publish(settings, summary, request_of(settings), options.source_name);
    if (!summary.failed.empty())
        throw DataError(
            fmt::format("{} part{} of the extraction failed, the first: {}. {} holds the rest; the same command "
                        "tries again",
                        summary.failed.size(), summary.failed.size() > 1 ? "s" : "", summary.failed.front(),
                        summary.series.string()));
}

void extract_now(Settings& settings) {
    if (settings.source == SourceKind::caiso) return extract_caiso(settings);
    std::string key = key_from_environment();
    const std::string request = request_of(settings), described = describe_request(settings);
    std::optional<source::Emulator> emulator;
    if (settings.source == SourceKind::emulator) {
        settings.emulator.last = settings.extract.to;
        emulator.emplace(settings.emulator);
        settings.extract.base_url = emulator->url();
        settings.extract.requests_per_second = 1e6;  // politeness is owed to the real API, not to ourselves
        settings.extract.burst = 100;
        key = emulator_key;
        settings.extract.source_name = "EIA API emulator: " + described.substr(0, described.find(": "));
        if (settings.emulator.data.empty())
            log::warning("SYNTHETIC data: a made-up grid under real names (set EIA_API_KEY for EIA's own)");
        log::info(fmt::format("extracting from the built-in emulator of the EIA API at {}", emulator->url()));
    } else if (key.empty()) {
        throw ConfigError(
            "/source/kind: eia needs the API key in the environment variable EIA_API_KEY (free at "
            "https://www.eia.gov/opendata)");
    }
    settings.extract.history = history();
    publish(settings, extract::run(settings.extract, key), request, settings.extract.source_name);
}

/// A copy of rank 0's series file for a rank that sees no such file or another one.
store::Series series_from_root(const comm::Communicator& world, const Settings& settings) {
    std::string bytes;
    comm::run_together(world, [&] {
        if (world.is_root()) bytes = read_file(settings.series_file());
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
    if (series) seen = series->provenance.retrieved_at + series::fingerprint(series::prepare(*series, 0));
    const auto all = world.all_gather(seen);
    const bool is_same = std::ranges::all_of(all, [&](const std::string& text) { return text == all.front(); });
    return is_same ? std::move(*series) : series_from_root(world, settings);
}

std::map<std::string, std::string> attributes_of(const Settings& settings) {
    return {{"config", dump_settings(settings)},
            {"command", settings.command},
            {"seed", std::to_string(settings.seed)},
            {"git_commit", std::string(git_commit())},
            {"version", std::string(version())}};
}

std::string forecast_text(const store::Results& results) {
    std::string text =
        fmt::format("{:<8}{:<18}{:>12}{:>12}{:>12}\n", "region", "peak hour (UTC)", "forecast MW", "low MW", "high MW");
    const std::size_t quantiles = results.quantiles.size();
    const auto leads = static_cast<std::size_t>(results.horizon);
    const auto median = static_cast<std::size_t>(std::ranges::find(results.quantiles, 0.5) - results.quantiles.begin());
    for (std::size_t region = 0; region < results.regions.size(); ++region) {
        const float* values = results.forecast.data() + region * leads * quantiles;
        std::size_t peak = 0;
        for (std::size_t lead = 1; lead < leads; ++lead)
            if (values[lead * quantiles + median] > values[peak * quantiles + median]) peak = lead;
        const float* at_peak = values + peak * quantiles;
        text += fmt::format("{:<8}{:<18}{:>12.0f}{:>12.0f}{:>12.0f}\n", results.regions[region],
                            to_string(results.origins[region].front() + std::chrono::hours{peak + 1}), at_peak[median],
                            at_peak[0], at_peak[quantiles - 1]);
    }
    return text;
}

}  // namespace

void extract_stage(const comm::Communicator& world, Settings settings, bool is_fresh) {
    std::string failure;
    int code = 0;
    if (world.is_root()) try {
            if (settings.source == SourceKind::automatic) settings.source = resolve_source(settings);
            if (!is_fresh && has_series_of(settings))
                log::info(fmt::format("{} is complete for this request: used as it is (--fresh extracts again)",
                                      settings.series_file().string()));
            else {
                if (!is_fresh) refuse_other_series(settings);
                if (fs::exists(settings.series_file()))
                    log::warning(fmt::format("{} is replaced: it held another request, or --fresh is given",
                                             settings.series_file().string()));
                extract_now(settings);
            }
        } catch (const Error& error) {
            failure = error.what(), code = static_cast<int>(error.exit_code());
        } catch (const std::exception& error) {
            failure = error.what(), code = static_cast<int>(ExitCode::bug);
        }
    world.sleeping_barrier();  // the other ranks sleep here: a spinning barrier would take rank 0's core
    world.agree(failure, code);
}

Prepared prepare_stage(const comm::Communicator& world, const Settings& settings) {
    Prepared prepared;
    prepared.series = read_shared_series(world, settings);
    comm::run_together(world, [&] {
        std::vector<std::string> zones(prepared.series.regions.size());
        for (const auto& [code, zone] : settings.time_zones)
            zones[static_cast<std::size_t>(prepared.series.region_index(code))] = zone;
        prepared.data = series::prepare(prepared.series, settings.model.horizon, zones);
        prepared.split = resolve_split(settings, prepared.data);
        prepared.scaler = series::fit_scaler(prepared.data, 0, prepared.split.train_end);
    });
    return prepared;
}

model::EnergyTransformer make_model(const Settings& settings, const series::Dataset& data) {
    return model::EnergyTransformer(settings.model, train::input_widths(data), settings.seed);
}

bool train_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                 model::EnergyTransformer& model, bool is_fresh) {
    train::Trainer trainer(world, model, prepared.data, prepared.scaler, prepared.split, settings.train,
                           attributes_of(settings));
    const train::Report report = trainer.run(settings.checkpoint_file(), !is_fresh);
    const bool has_trained = !report.gradient_norm.empty();
    comm::run_together(world, [&] {
        if (world.is_root() && (has_trained || !fs::exists(settings.folder / "training.json")))
            write_training(settings, report, prepared.data, prepared.split, model.parameters().size(), world.size());
    });
    return has_trained;
}

void evaluate_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model) {
    std::vector<std::vector<std::int64_t>> origins;
    for (std::size_t region = 0; region < prepared.data.regions.size(); ++region)
        origins.push_back(series::midnight_origins(prepared.data, static_cast<std::int64_t>(region),
                                                   prepared.split.validation_end, prepared.data.hours));
    auto results = forecast::backtest(world, model, prepared.data, prepared.scaler, origins, settings.evaluate);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        results.attributes = attributes_of(settings);
        store::write_results(settings.folder / "results.h5", results);
        const auto scores = forecast::score(results, prepared.data, prepared.series);
        write_file_atomically(settings.folder / "scores.json", forecast::to_json(scores, results));
        fmt::print(
            "24-hour forecasts from every local midnight of the held-back tail, same hours for every column:\n{}\n",
            forecast::to_text(scores));
        std::fflush(stdout);
    });
}

void forecast_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                    model::EnergyTransformer& model) {
    const std::vector<std::vector<std::int64_t>> origins(prepared.data.regions.size(), {prepared.data.hours - 1});
    auto results = forecast::backtest(world, model, prepared.data, prepared.scaler, origins, settings.evaluate);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        results.attributes = attributes_of(settings);
        store::write_results(settings.folder / "forecast.h5", results);
        fmt::print("the 24 hours after {}:\n{}\n", to_string(prepared.data.hour_at(prepared.data.hours - 1)),
                   forecast_text(results));
        std::fflush(stdout);
    });
}

void report_stage(const comm::Communicator& world, const Settings& settings) {
    comm::run_together(world, [&] {
        if (world.is_root()) observe::write_report(settings.folder, settings.folder / "report.html");
    });
}

}  // namespace gridring::app
