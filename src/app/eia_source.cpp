// SPDX-License-Identifier: MIT
#include "app/eia_source.hpp"

#include <fmt/format.h>

#include "app/api_key.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::app {
namespace {

constexpr const char* emulator_key = "emulator";  // the emulator accepts any key; this one is no secret

}  // namespace

std::string extraction_history() { return fmt::format("gridring {} ({}) extract", version(), git_commit()); }

EiaSource::EiaSource(Settings& settings, Hour last) {
    settings.extract.history = extraction_history();
    settings.source == SourceKind::emulator ? emulate(settings, last) : require_key(settings);
}

void EiaSource::require_key(const Settings& settings) {
    key_ = read_api_key(settings);
    if (key_.empty())
        throw ConfigError(
            "/source/kind: eia needs the API key in the environment variable EIA_API_KEY, or in the file "
            "source.eia.key_file (free at https://www.eia.gov/opendata)");
}

void EiaSource::emulate(Settings& settings, Hour last) {
    const std::string described = describe_request(settings);
    settings.emulator.last = last;
    emulator_.emplace(settings.emulator);
    extract::Options& options = settings.extract;
    options.base_url = emulator_->url();
    options.requests_per_second = 1e6;  // politeness is owed to the real API, not to ourselves
    options.requests_per_hour = 1'000'000'000;
    options.burst = 100;
    options.is_direct = true;
    options.is_fresh = true;  // it costs seconds, and the data behind it may have been edited
    options.source_name = "EIA API emulator: " + described.substr(0, described.find(": "));
    key_ = emulator_key;
    if (settings.emulator.data.empty())
        log::warning("SYNTHETIC data: a made-up grid under real names (set EIA_API_KEY for EIA's own)");
    log::info(fmt::format("extracting from the built-in emulator of the EIA API at {}", emulator_->url()));
}

}  // namespace gridring::app
