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
#include <utility>

#include "app/commands.hpp"
#include "app/extraction.hpp"
#include "app/live_files.hpp"
#include "app/metrics.hpp"
#include "app/model_entry.hpp"
#include "app/run_folder.hpp"
#include "app/stages.hpp"
#include "app/stop_signal.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/scores.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Follows the source on rank 0 while the other ranks sleep.
class Arrivals {
public:
    Arrivals(const comm::Communicator& world, const Settings& settings, std::stop_token stop) : world_(world) {
        comm::run_together(world, [&] {
            if (world.is_root()) follower_.emplace(settings, std::move(stop), false);
        });
    }

    /// Waits for an update; false when the stop came first. Rank 0's error is everybody's. Collective.
    bool next() {
        std::string failure, has_come = "no";
        int code = 0;
        if (world_.is_root()) try {
                if (wait()) has_come = "yes";
            } catch (const Error& error) {
                failure = error.what(), code = static_cast<int>(error.exit_code());
            }
        world_.sleeping_barrier();
        world_.agree(failure, code);
        world_.broadcast(has_come);
        return has_come == "yes";
    }

private:
    bool wait() {
        for (;;) {
            if (!std::exchange(is_first_, false) && !follower_->sleep()) return false;
            if (follower_->update()) return true;
        }
    }

    const comm::Communicator& world_;
    std::optional<Follower> follower_;
    bool is_first_ = true;
};

/// What rank 0 makes of a forecast: forecast.h5, results.h5, scores.json, live.json and metrics.
class Publisher {
public:
    Publisher(const Settings& settings, bool is_fresh) : settings_(settings), file_(settings.folder / "results.h5") {
        if (!is_fresh && std::filesystem::exists(file_)) published_ = store::read_results(file_);
    }

    void publish(store::Results newest, const RunOnFolder& run, const forecast::Live::Work& work, double arrived_at) {
        newest.attributes.merge(attributes_of(settings_));
        published_ = forecast::published_with(published_, newest, run.data(), settings_.live_origins);
        store::write_results(file_, published_);
        store::write_results(settings_.folder / "forecast.h5", newest);
        const auto scores = forecast::score(published_, run.data(), run.series());
        if (std::ranges::any_of(scores, [](const auto& region) { return region.all.n > 0; }))
            write_file_atomically(settings_.folder / "scores.json", forecast::to_json(scores, published_));
        const double seconds = now() - arrived_at;
        const Hour last = newest.origins.front().front();
        log::info(fmt::format(
            "live: {} hours after {} forecast for {} regions, {:.1f} s after it came ({} new, {} "
            "revised hours)",
            newest.horizon, to_string(last), newest.regions.size(), seconds, work.new_hours, work.revised_hours));
        status_ = {{"last_hour", to_string(last)},        {"published_at", now()},
                   {"seconds_after_arrival", seconds},    {"new_hours", work.new_hours},
                   {"revised_hours", work.revised_hours}, {"hours_taken_up", work.taken_up}};
        tell(false);
        count(newest, last, work, seconds);
    }

    /// That it is still there, or no longer: live.json.
    void tell(bool is_over) {
        status_["at"] = now();
        status_["next_at"] = now() + static_cast<double>(settings_.follow_every.count());
        status_["is_over"] = is_over;
        replace_file(settings_.folder / "live.json", status_.dump());
    }

private:
    static Counter& gauge(const char* name, const char* help, const CounterLabels& labels = {}) {
        return counter(name, CounterKind::gauge, help, labels);
    }

    static void count(const store::Results& newest, Hour last, const forecast::Live::Work& work, double seconds) {
        gauge("gridring_live_last_hour_timestamp_seconds", "End of the last known hour, since 1970.")
            .set(3600.0 * static_cast<double>(epoch_hours(last)));
        gauge("gridring_live_published_timestamp_seconds", "When its forecast was published.").set(now());
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
    std::filesystem::path file_;
    store::Results published_;
    Json status_;
};

void forecast_live(const comm::Communicator& world, const Settings& settings, bool is_fresh) {
    const StopSignal stop("stopping: what was published stays, and the same command goes on");
    Arrivals arrivals(world, settings, stop.token());
    std::optional<RunOnFolder> run;
    std::optional<forecast::Live> live;
    std::optional<Publisher> publisher;
    while (arrivals.next()) {
        const double arrived_at = now();
        if (run) {
            run->read_again();
        } else {
            ContestArguments data;
            data.data = settings.series_file();
            data.command = settings.command;
            run.emplace(world, settings_of_run(world, settings.live_model), data);
            live.emplace(world, run->model(), run->settings().evaluate);
            comm::run_together(world, [&] {
                if (world.is_root()) publisher.emplace(settings, is_fresh);
            });
        }
        auto newest = live->forecast(run->data());
        const auto& work = live->work();
        comm::run_together(world, [&] {
            if (!world.is_root()) return;
            if (work.new_hours > 0 || work.revised_hours > 0)
                publisher->publish(std::move(newest), *run, work, arrived_at);
            else
                publisher->tell(false);
        });
    }
    if (publisher) publisher->tell(true);
}

void live(const comm::Communicator& world, const ConfigArguments& arguments) {
    const Settings settings = read_together(world, "live", arguments);
    comm::run_together(world, [&] {
        if (settings.live_model.empty())
            throw ConfigError("/live/model: expected the run folder of a trained model, found none");
        if (std::error_code error; std::filesystem::equivalent(settings.live_model, settings.folder, error))
            throw ConfigError(fmt::format(
                "/live/model: {} is the run.folder as well, whose series.h5 would no longer be the one that it "
                "was trained on. Mend: another run.folder",
                settings.live_model.string()));
    });
    const auto metrics = serve_metrics_together(world, settings.metrics);
    RunRecord record(world, settings, true);
    forecast_live(world, settings, arguments.is_fresh);
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
