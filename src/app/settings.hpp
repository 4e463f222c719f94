// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gridring/config/binder.hpp"
#include "gridring/extract/caiso.hpp"
#include "gridring/extract/extract.hpp"
#include "gridring/forecast/backtest.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/source/emulator.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {

enum class SourceKind {
    automatic,  ///< eia when EIA_API_KEY is set, else the emulator
    eia,
    emulator,
    caiso,  ///< OASIS; never chosen by itself
};

/// Where Prometheus finds metrics (observe/metrics.hpp).
struct MetricsSettings {
    int port = 0;  ///< 0 = nowhere
    std::string address = "127.0.0.1";
    bool of_all_ranks = false;  ///< rank r at port + r; else rank 0 alone
};

/// Everything a configuration file says, as the option structs of the modules.
struct Settings {
    std::string command;  ///< as it can be typed again; saved with every result, no key of the configuration
    std::filesystem::path folder = "runs/default";
    std::uint64_t seed = 1;
    std::filesystem::path encryption_key_file;  ///< of what the run keeps; empty = in plain
    SourceKind source = SourceKind::automatic;
    std::filesystem::path key_file;           ///< of the EIA API, where EIA_API_KEY is not set
    std::chrono::seconds follow_every{3600};  ///< between the updates of extract --follow
    source::EmulatorOptions emulator;
    extract::Options extract;
    bool lacks_end = false;       ///< extract.to is left out and extract.from behind its default: `to` is `from`
    extract::CaisoOptions caiso;  ///< its hours, folder and attempts are those of `extract`
    std::vector<std::pair<std::string, std::string>> time_zones;  ///< region -> IANA zone, over the built-in table
    series::CovariateNames covariates;
    bool tells_regions_apart = false;
    series::Screening screening = series::Screening::causal;
    std::string train_to, validation_to;  ///< last hours, inclusive; "" = 80 % and 90 % of the span
    model::Options model;
    train::Options train;
    forecast::Options evaluate;
    bool calibrates_online = false;  ///< `evaluate --data` does, unless it is told otherwise
    MetricsSettings metrics;
    std::filesystem::path live_model;  ///< run folder whose model forecasts live
    std::int64_t live_origins = 168;   ///< hours from which forecasts stay in results.h5

    std::filesystem::path series_file() const { return folder / "series.h5"; }
    std::filesystem::path checkpoint_file() const { return folder / "checkpoint.h5"; }
    std::filesystem::path status_file() const { return folder / "status.json"; }
};

/// Reads the file, applies "key.path=value" overrides and cross-checks. Throws ConfigError with all problems.
Settings read_settings(const std::string& file, const std::vector<std::string>& overrides);
/// The same from text; `name` stands for the file in messages.
Settings parse_settings(const std::string& text, const std::string& name, const std::vector<std::string>& overrides);
/// The resolved configuration as YAML; reads back to the same settings.
std::string dump_settings(const Settings& settings);
/// What extraction fetches, from which source: two equal requests bring the same series. `source` must be resolved, not
/// automatic.
std::string describe_request(const Settings& settings);

/// Hours that a local midnight and the 24 hours after it may need.
inline constexpr std::int64_t shortest_test = 48;

/// Where the spans end on this dataset's hour axis. Throws ConfigError where they leave nothing to learn or to test on.
train::Split resolve_split(const Settings& settings, const series::Dataset& data);

}  // namespace gridring::app
