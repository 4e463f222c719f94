// SPDX-License-Identifier: MIT
#include "gridring/forecast/live.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "app/commands.hpp"
#include "app/extraction.hpp"
#include "app/live_files.hpp"
#include "app/metrics.hpp"
#include "app/model_entry.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"
#include "app/stop_signal.hpp"
#include "gridring/comm/work_on_root.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/fingerprint.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/scores.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

/// live.json: when the source was looked at, and what was published last. Of rank 0.
class LiveFile {
public:
    explicit LiveFile(const Settings& settings) : path_(settings.folder / "live.json"), every_(settings.follow_every) {}

    void published(Json facts) { facts_ = std::move(facts); }
    void tell(bool is_over) const {
        Json content = facts_;
        content["at"] = epoch_seconds();
        content["next_at"] = epoch_seconds() + static_cast<double>(every_.count());
        content["is_over"] = is_over;
        replace_file(path_, content.dump());
    }

private:
    std::filesystem::path path_;
    std::chrono::seconds every_;
    Json facts_ = Json::object();
};

/// Follows the source on rank 0 while the other ranks sleep.
class Arrivals {
public:
    Arrivals(const comm::Communicator& world, const Settings& settings, std::stop_token stop)
        : world_(world), file_(settings) {
        comm::run_together(world, [&] {
            if (world.is_root()) follower_.emplace(settings, std::move(stop), false);
        });
    }

    LiveFile& file() { return file_; }

    /// Waits for an update; false when the stop came first. Rank 0's error is everybody's. Collective.
    bool next() {
        std::string has_come = "no";
        comm::work_on_root(world_, [&] {
            if (wait()) has_come = "yes";
        });
        world_.broadcast(has_come);
        return has_come == "yes";
    }

private:
    bool wait() {
        for (;;) {
            if (!std::exchange(is_first_, false) && !follower_->sleep()) return false;
            file_.tell(false);
            if (follower_->update()) return true;
            file_.tell(false);
        }
    }

    const comm::Communicator& world_;
    LiveFile file_;
    std::optional<Follower> follower_;
    bool is_first_ = true;
};

/// Tells models apart, in results.h5 and to whoever reads it.
std::string identity_of(const std::filesystem::path& folder, const model::EnergyTransformer& model) {
    const auto values = std::as_bytes(std::span(model.parameters().values()));
    return fmt::format("{} {}", folder.string(),
                       fingerprint({std::string_view(reinterpret_cast<const char*>(values.data()), values.size())}));
}

/// What rank 0 makes of a forecast: forecast.h5, results.h5, scores.json, live.json and metrics.
class Publisher {
public:
    /// Goes on with what was published by the same model, unless `is_fresh`.
    Publisher(const Settings& settings, LiveFile& file, std::string model, bool is_fresh)
        : settings_(settings), live_file_(file), model_(std::move(model)), results_(settings.folder / "results.h5") {
        if (is_fresh || !std::filesystem::exists(results_)) return;
        published_ = store::read_results(results_);
        if (published_.attributes["model"] == model_) return;
        log::warning(fmt::format("{}: of another model; what this one forecasts begins anew", results_.string()));
        published_ = {};
    }

    void publish(store::Results newest, const RunOnFolder& run, const forecast::Live::Work& work, double arrived_at) {
        newest.attributes.merge(attributes_of(settings_));
        newest.attributes["model"] = model_;
        warn_of_later_ones(newest.origins.front().front());
        published_ = forecast::published_with(published_, newest, run.data(), settings_.live_origins);
        store::write_results(results_, published_);
        store::write_results(settings_.folder / "forecast.h5", newest);
        const auto scores = forecast::score(published_, run.data(), run.series());
        if (std::ranges::any_of(scores, [](const auto& region) { return region.all.n > 0; }))
            write_file_atomically(settings_.folder / "scores.json", forecast::to_json(scores, published_));
        const double seconds = epoch_seconds() - arrived_at;
        const Hour last = newest.origins.front().front();
        log::info(fmt::format(
            "live: {} hours after {} forecast for {} regions, {:.1f} s after it came ({} new, {} "
            "revised hours)",
            newest.horizon, to_string(last), newest.regions.size(), seconds, work.new_hours, work.revised_hours));
        live_file_.published({{"last_hour", to_string(last)},
                              {"published_at", epoch_seconds()},
                              {"seconds_after_arrival", seconds},
                              {"new_hours", work.new_hours},
                              {"revised_hours", work.revised_hours},
                              {"hours_taken_up", work.taken_up}});
        count(newest, last, work, seconds);
    }

private:
    /// A source that is behind what was forecast already: another one, or an emulator whose clock begins anew.
    void warn_of_later_ones(Hour last) const {
        if (published_.origins.empty()) return;
        const auto later = std::ranges::count_if(published_.origins.front(), [&](Hour hour) { return hour > last; });
        if (later > 0)
            log::warning(
                fmt::format("{}: {} forecasts from hours behind {}, the last that the source knows, are left out",
                            results_.string(), later, to_string(last)));
    }

    static Counter& gauge(const char* name, const char* help, const CounterLabels& labels = {}) {
        return counter(name, CounterKind::gauge, help, labels);
    }

    static void count(const store::Results& newest, Hour last, const forecast::Live::Work& work, double seconds) {
        gauge("gridring_live_last_hour_timestamp_seconds", "End of the last known hour, since 1970.")
            .set(3600.0 * static_cast<double>(epoch_hours(last)));
        gauge("gridring_live_published_timestamp_seconds", "When its forecast was published.").set(epoch_seconds());
        gauge("gridring_live_publish_seconds", "From the arrival of the last hour to its forecast.").set(seconds);
        counter("gridring_live_hours_total", CounterKind::total, "New hours.").add(static_cast<double>(work.new_hours));
        counter("gridring_live_revised_hours_total", CounterKind::total, "Hours taken up again for revisions.")
            .add(static_cast<double>(work.revised_hours));
        const auto quantiles = newest.quantiles.size();
        for (std::size_t region = 0; region < newest.regions.size(); ++region)
            for (const std::int64_t lead : {std::int64_t{1}, std::int64_t{24}})
                for (std::size_t q = 0; lead <= newest.horizon && q < quantiles; ++q) {
                    const auto at =
                        (region * static_cast<std::size_t>(newest.horizon) + static_cast<std::size_t>(lead) - 1) *
                            quantiles +
                        q;
                    gauge("gridring_live_forecast_megawatts", "Quantiles of the newest forecast.",
                          {{"region", newest.regions[region]},
                           {"lead", std::to_string(lead)},
                           {"quantile", fmt::format("{:g}", newest.quantiles[q])}})
                        .set(static_cast<double>(newest.forecast[at]));
                }
    }

    const Settings& settings_;
    LiveFile& live_file_;
    std::string model_;
    std::filesystem::path results_;
    store::Results published_;
};

/// The series again. Troubles with its data that the next hours may mend, a late forecast of the weather say, are told:
/// false.
bool read_again(const comm::Communicator& world, RunOnFolder& run) {
    try {
        run.read_again();
        return true;
    } catch (const comm::AgreedError& error) {
        if (error.exit_code() != ExitCode::data) throw;
        if (world.is_root()) log::error(fmt::format("{}; looked at again with the next hour", error.what()));
        return false;
    }
}

void forecast_live(const comm::Communicator& world, const Settings& settings, Arrivals& arrivals, bool is_fresh) {
    std::optional<RunOnFolder> run;
    std::optional<forecast::Live> live;
    std::optional<Publisher> publisher;
    while (arrivals.next()) {
        const double arrived_at = epoch_seconds();
        if (run) {
            if (!read_again(world, *run)) continue;
        } else {
            ContestArguments data;
            data.data = settings.series_file();
            data.command = settings.command;
            run.emplace(world, settings_of_run(world, settings.live_model, KeyUse::reading), data);
            live.emplace(world, run->model(), run->settings().evaluate);
            comm::run_together(world, [&] {
                if (world.is_root())
                    publisher.emplace(settings, arrivals.file(), identity_of(settings.live_model, run->model()),
                                      is_fresh);
            });
        }
        auto newest = live->forecast(run->data());
        comm::run_together(world, [&] {
            if (!world.is_root()) return;
            if (live->work().is_new) publisher->publish(std::move(newest), *run, live->work(), arrived_at);
            arrivals.file().tell(false);
        });
    }
    if (world.is_root()) arrivals.file().tell(true);
}

/// Before anything is fetched or written.
void check_live(const comm::Communicator& world, const Settings& settings) {
    comm::run_together(world, [&] {
        if (settings.live_model.empty())
            throw ConfigError("/live/model: expected the run folder of a trained model, found none");
        if (std::error_code error; std::filesystem::equivalent(settings.live_model, settings.folder, error))
            throw ConfigError(fmt::format(
                "/live/model: {} is the run.folder as well, whose series.h5 would no longer be the one that it "
                "was trained on. Mend: another run.folder",
                settings.live_model.string()));
        if (world.is_root()) refuse_other_series(settings, false);
    });
    const Settings model = settings_of_run(world, settings.live_model, KeyUse::reading);
    if (!model.encryption_key_file.empty() && !store::has_key())
        log::warning(
            fmt::format("{}: the run of this model is encrypted, and what live writes is not, without a "
                        "run.encryption_key_file of its own",
                        settings.live_model.string()));
    comm::run_together(world, [&] {
        std::error_code error;
        if (world.is_root() && !train::has_checkpoint(model.checkpoint_file()) &&
            !std::filesystem::exists(train::best_beside(model.checkpoint_file()), error))
            throw DataError(fmt::format("/live/model: {} holds no trained model. Mend: gridring train",
                                        settings.live_model.string()));
    });
}

void live(const comm::Communicator& world, const ConfigArguments& arguments) {
    const Settings settings = read_together(world, "live", arguments);
    check_live(world, settings);
    RunRecord record(world, settings, true);
    const auto metrics = serve_metrics_together(world, settings.metrics);
    const StopSignal stop("stopping: what was published stays, and the same command goes on");
    Arrivals arrivals(world, settings, stop.token());
    record.begin();
    forecast_live(world, settings, arrivals, arguments.is_fresh);
    record.finish();
}

}  // namespace

void add_live(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "live", "Follows the source hour by hour and forecasts behind every new hour with a trained model");
    command->footer("Example: mpirun -n 2 gridring live configs/live.yaml");
    auto arguments = std::make_shared<ConfigArguments>();
    add_config(*command, *arguments, "leave out of results.h5 what was published before");
    command->get_option("CONFIG")->required();
    command->callback([&action, arguments] {
        action.run = [arguments](const comm::Communicator* world) { live(*world, *arguments); };
    });
}

}  // namespace gridring::app
