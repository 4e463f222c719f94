// SPDX-License-Identifier: MIT
#include "app/extraction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "app/allocation.hpp"
#include "app/api_key.hpp"
#include "app/core_dumps.hpp"
#include "app/eia_source.hpp"
#include "app/extraction_summary.hpp"
#include "app/live_files.hpp"
#include "app/stop_signal.hpp"
#include "gridring/comm/work_on_root.hpp"
#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/folder_lock.hpp"
#include "gridring/core/log.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

/// EIA-930 is revised for days; the reference clients take again as much.
constexpr std::int64_t hours_to_update = 10 * 24;

/// An address of one's own is meant, so it is not passed over for want of a key.
SourceKind resolve_source(const Settings& settings) {
    if (!read_api_key(settings).empty()) return SourceKind::eia;
    if (settings.extract.base_url == extract::Options{}.base_url) return SourceKind::emulator;
    throw ConfigError(
        "/source/eia/base_url: needs a key in the environment variable EIA_API_KEY (any text for `gridring emulate`)");
}

/// Of an update after the first, whose table says the rest.
void tell_update(const extract::Summary& summary) {
    fmt::print("up to {}: {} records, {} values revised, {} hours without a value, {:.1f} s\n", to_string(summary.to),
               summary.records, summary.revisions, summary.gaps, summary.seconds);
    std::fflush(stdout);
}

Counter& due() {
    return counter("gridring_extract_due_timestamp_seconds", CounterKind::gauge,
                   "When the next update of a series that is followed is due, since 1970.");
}

/// What `extract` returns; on the way extraction_status.json tells how far it is.
extract::Summary told(const Settings& settings, const std::function<extract::Summary()>& extract) {
    const ExtractionStatus status(settings.folder);
    return extract();
}

/// What arrived is published; that something did not is an error all the same, so that a nightly job tells of it.
void extract_caiso(const Settings& settings, bool is_fresh) {
    extract::CaisoOptions options = settings.caiso;
    options.from = settings.extract.from;
    options.to = settings.extract.to;
    options.folder = settings.folder;
    options.attempts = settings.extract.attempts;
    options.clean = settings.extract.clean;
    options.history = extraction_history();
    options.is_fresh = is_fresh;
    options.stop = settings.extract.stop;
    const auto summary = told(settings, [&] { return extract::run_caiso(options); });
    publish(settings, summary);
    if (!summary.failed.empty())
        throw DataError(
            fmt::format("{} part{} of the extraction failed, the first: {}. {} holds the rest; the same command "
                        "tries again",
                        summary.failed.size(), summary.failed.size() > 1 ? "s" : "", summary.failed.front(),
                        summary.series.string()));
}

/// False when the stop came first.
bool sleep_for(std::chrono::seconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

/// Troubles that the next hour may not have.
bool may_pass(const Error& error) {
    if (const auto* http = dynamic_cast<const HttpError*>(&error))
        return http->status == 0 || http->status == 408 || http->status == 429 || http->status >= 500;
    if (dynamic_cast<const FolderBusy*>(&error)) return true;
    return dynamic_cast<const DataError*>(&error) && !dynamic_cast<const source::UnknownRegion*>(&error);
}

/// The level while it lives.
class LogLevel {
public:
    explicit LogLevel(log::Level level) : before_(log::level()) { log::set_level(level); }
    ~LogLevel() { log::set_level(before_); }
    LogLevel(const LogLevel&) = delete;
    LogLevel& operator=(const LogLevel&) = delete;

private:
    log::Level before_;
};

void follow(Settings settings) {
    const std::stop_token stop = settings.extract.stop;
    Follower follower(std::move(settings), stop, true);
    do follower.update();
    while (follower.sleep());
}

void extract_eia(Settings& settings, const ExtractionMode& mode) {
    const NoCoreDumps secrecy;  // one would hold the key
    keep_freed_memory();
    if (mode.follows) return follow(settings);
    if (mode.updates) settings.extract.update_hours = hours_to_update;
    settings.extract.is_fresh = mode.is_fresh;
    const EiaSource source(settings, settings.extract.to);
    if (mode.plans_only) {
        fmt::print("{}\n", extract::to_text(extract::plan(settings.extract, source.key())));
        return;
    }
    publish(settings, told(settings, [&] { return extract::run(settings.extract, source.key()); }));
}

/// A clock that starts with the program starts where the one before it was when the folder was last updated: time does
/// not run backwards for who follows.
void keep_time(Settings& settings) {
    auto& publication = settings.emulator.publication;
    if (!publication.from || publication.started_at > 0) return;
    const auto summary = summary_in(settings.folder);
    const auto last = parse_hour(text_in(summary, "published_to"));
    if (!last || *last <= *publication.from) return;
    log::info(fmt::format("the emulator's clock goes on from {}", to_string(*last)));
    publication.from = last;
}

void extract_as_asked(Settings settings, const ExtractionMode& mode) {
    if (settings.lacks_end)
        throw ConfigError(
            fmt::format("/extract/to: expected a last hour, since from ({}) is behind the one it has where "
                        "it is left out, 2024-12-31T23; --update, --follow and live go up to now",
                        to_string(settings.extract.from)));
    if (settings.source == SourceKind::automatic) settings.source = resolve_source(settings);
    const bool is_caiso = settings.source == SourceKind::caiso;
    if (is_caiso && (mode.plans_only || mode.updates || mode.follows))
        throw ConfigError("--plan, --update and --follow: expected source.kind eia or emulator, found caiso");
    const bool is_plain = !mode.is_fresh && !mode.plans_only && !mode.updates && !mode.follows;
    const auto summary = summary_in(settings.folder);
    const bool is_same = is_plain && is_request_of(summary, settings);
    const SeriesState state = is_same ? state_of_series(settings.series_file(), summary) : SeriesState::other;
    if (state == SeriesState::whole) {
        log::info(fmt::format("{} is complete for this request: used as it is ({}--fresh extracts again)",
                              settings.series_file().string(), is_caiso ? "" : "--update looks for revisions, "));
        return;
    }
    const bool is_replaced = state == SeriesState::other && !mode.is_fresh && !mode.plans_only;
    if (is_replaced) refuse_other_series(settings, !mode.follows);
    std::error_code error;
    const bool had_series = fs::exists(settings.series_file(), error);
    is_caiso ? extract_caiso(settings, mode.is_fresh) : extract_eia(settings, mode);
    if (is_plain && had_series) log::info(fmt::format("{} was made anew", settings.series_file().string()));
}

}  // namespace

struct Follower::Implementation {
    Implementation(Settings given, std::stop_token stop, bool is_loud)
        : settings(std::move(given)),
          has_clock(settings.source == SourceKind::emulator && settings.emulator.publication.from),
          source(settings, source::last_synthetic_hour()),  // hours that are still to come as well
          prints(is_loud) {
        settings.extract.stop = std::move(stop);
        settings.extract.update_hours = hours_to_update;
        if (settings.source != SourceKind::emulator) return;
        settings.extract.is_fresh = false;  // an emulator's hours are added to as well
        settings.extract.identity = settings.extract.source_name;
    }

    Settings settings;
    bool has_clock;
    EiaSource source;
    bool prints, is_first = true;
    NoCoreDumps secrecy;  // it knows the key
};

Follower::Follower(Settings settings, std::stop_token stop, bool prints) {
    if (settings.source == SourceKind::automatic) settings.source = resolve_source(settings);
    if (settings.source == SourceKind::emulator) keep_time(settings);
    if (settings.source == SourceKind::caiso)
        throw ConfigError("/source/kind: expected eia or emulator to follow, found caiso");
    self_ = std::make_unique<Implementation>(std::move(settings), std::move(stop), prints);
    due().set(epoch_seconds());
}

Follower::~Follower() = default;

bool Follower::update() {
    auto& settings = self_->settings;
    const Hour latest = self_->has_clock ? self_->source.last_published() : latest_hour();
    settings.extract.to = std::max(settings.extract.from, latest);
    const LogLevel quiet(self_->prints ? log::level() : std::max(log::level(), log::Level::warning));
    try {
        const auto summary = told(settings, [&] { return extract::run(settings.extract, self_->source.key()); });
        publish(settings, summary, self_->prints && self_->is_first,
                self_->has_clock ? std::optional(latest) : std::nullopt);
        due().set(epoch_seconds() + static_cast<double>(settings.follow_every.count()));
        if (!std::exchange(self_->is_first, false) && self_->prints) tell_update(summary);
        return true;
    } catch (const extract::Stopped& stopped) {
        log::info(stopped.what());
    } catch (const Error& error) {
        if (!may_pass(error)) throw;
        log::error(fmt::format("{}; tried again in {} s", error.what(), settings.follow_every.count()));
    }
    return false;
}

bool Follower::sleep() const { return sleep_for(self_->settings.follow_every, self_->settings.extract.stop); }

void refuse_other_series(const Settings& settings, bool can_begin_anew) {
    std::error_code error;
    const bool has_extracted =
        fs::exists(settings.folder / "extraction.json", error) || fs::exists(settings.folder / "raw", error);
    if (fs::exists(settings.series_file(), error) && !has_extracted)
        throw ConfigError(fmt::format(
            "{}: not from an extraction (an import?), which this one would replace. Mend: go on with `gridring train`, "
            "choose another folder with --set run.folder=…{}",
            settings.series_file().string(), can_begin_anew ? ", or replace it with --fresh" : ""));
    if (train::has_checkpoint(settings.checkpoint_file()) && fs::exists(settings.series_file(), error))
        throw ConfigError(
            fmt::format("{}: holds a training on its series, which this request (source, regions, types, hours or an "
                        "update) would change. Mend: choose another folder with --set run.folder=…{}",
                        settings.folder.string(), can_begin_anew ? ", or start this one again with --fresh" : ""));
}

bool extract_alone(Settings settings, const ExtractionMode& mode) {
    const StopSignal signal;
    settings.extract.stop = signal.token();
    extract_as_asked(std::move(settings), mode);
    return signal.signal() != 0;
}

bool extract_stage(const comm::Communicator& world, Settings settings, ExtractionMode mode) {
    const StopSignal signal;  // those that sleep are asked as well
    settings.extract.stop = signal.token();
    comm::work_on_root(world, [&] { extract_as_asked(std::move(settings), mode); });
    return world.sum(std::int64_t{signal.signal() != 0 ? 1 : 0}) > 0;
}

}  // namespace gridring::app
