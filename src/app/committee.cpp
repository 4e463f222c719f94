// SPDX-License-Identifier: MIT
#include "app/committee.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

#include "app/run_folder.hpp"
#include "app/status_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/continued.hpp"
#include "gridring/forecast/ensemble.hpp"
#include "gridring/sweep/record.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

bool holds_members(const fs::path& folder) {
    return !fs::exists(folder / "config.yaml") && fs::is_directory(folder / "members");
}

/// training.json comes when a training has ended, or was stopped as a sweep does with arms that it drops.
bool is_trained(const fs::path& run) {
    if (!std::ranges::all_of(std::array{"config.yaml", "checkpoint.h5", "training.json"},
                             [&](const char* name) { return fs::exists(run / name); }))
        return false;
    if (const auto record = sweep::read_record(run)) return record->is_trained;
    const auto status = read_status(run / "status.json");
    return !status || !status->is_stopped;
}

std::vector<fs::path> runs_in(const fs::path& folder) {
    if (!holds_members(folder)) return {folder};
    std::vector<fs::path> runs;
    for (const auto& member : fs::directory_iterator(folder / "members"))
        if (is_trained(member.path()))
            runs.push_back(member.path());
        else
            log::warning(fmt::format("{}: no finished training: left out", member.path().string()));
    if (runs.empty())
        throw DataError(fmt::format("{}: expected trained runs in members/, found none. Mend: finish `gridring sweep`",
                                    folder.string()));
    std::ranges::sort(runs);
    return runs;
}

/// A list by commas, or one name that has such in it, as those of a sweep's members do.
std::vector<fs::path> paths_in(const std::string& text) {
    if (fs::exists(text)) return {text};
    std::vector<fs::path> paths;
    std::istringstream list(text);
    for (std::string path; std::getline(list, path, ',');) paths.emplace_back(path);
    return paths;
}

/// As rank 0 sees them. Collective.
std::vector<fs::path> find_runs(const comm::Communicator& world, const fs::path& folder,
                                const std::vector<std::string>& with) {
    std::string lines;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        std::vector<fs::path> folders{folder};
        for (const auto& text : with) std::ranges::copy(paths_in(text), std::back_inserter(folders));
        for (const auto& one : folders)
            for (const auto& run : runs_in(one)) lines += run.string() + "\n";
    });
    world.broadcast(lines);
    std::vector<fs::path> runs;
    std::istringstream text(lines);
    for (std::string line; std::getline(text, line);) runs.emplace_back(line);
    return runs;
}

void expect_same_quantiles(const Settings& one, const Settings& other) {
    const auto &a = one.model.quantiles, &b = other.model.quantiles;
    if (a != b)
        throw ConfigError(fmt::format("expected runs with the same model.quantiles, found [{}] in {} and [{}] in {}",
                                      fmt::join(a, ", "), one.folder.string(), fmt::join(b, ", "),
                                      other.folder.string()));
}

void keep_horizons_within(std::int64_t longest, ContestArguments& arguments) {
    if (arguments.is_day_ahead()) {
        if (distinct_ranges(arguments).back().last > longest)
            throw ConfigError(fmt::format("--origins day-ahead: expected a model that forecasts {} hours, found {}",
                                          distinct_ranges(arguments).back().last, longest));
        return;
    }
    std::vector<std::int64_t> left_out;
    std::ranges::copy_if(arguments.horizons, std::back_inserter(left_out), [&](auto h) { return h > longest; });
    std::erase_if(arguments.horizons, [&](auto horizon) { return horizon > longest; });
    if (arguments.horizons.empty())
        throw ConfigError(
            fmt::format("--horizons: expected {} hours or less, which is what the model forecasts, found {}", longest,
                        fmt::join(left_out, ", ")));
    if (!left_out.empty())
        log::warning(fmt::format("the model forecasts {} hours: {} h left out", longest, fmt::join(left_out, " and ")));
}

}  // namespace

bool is_committee(const comm::Communicator& world, const fs::path& folder) {
    return world.sum(std::int64_t{world.is_root() && holds_members(folder) ? 1 : 0}) > 0;
}

Committee::Committee(const comm::Communicator& world, const fs::path& folder, ContestArguments& arguments)
    : world_(world) {
    const auto folders = find_runs(world, folder, arguments.with);
    std::vector<Settings> settings;
    for (const auto& run : folders)  // what is written is the first one's
        settings.push_back(settings_of_run(world, run, run == folders.front() ? KeyUse::all : KeyUse::reading));
    const auto horizon = [](const Settings& s) { return s.model.horizon; };
    const auto furthest = std::ranges::max_element(settings, {}, horizon);
    comm::run_together(world, [&] {
        for (const Settings& other : settings) expect_same_quantiles(settings.front(), other);
        keep_horizons_within(horizon(*furthest), arguments);
    });
    arguments.known_ahead = arguments.hours_ahead + horizon(*furthest);
    if (arguments.data.empty()) arguments.data = folders.front() / "series.h5";
    for (const Settings& run : settings) runs_.push_back(std::make_unique<RunOnFolder>(world, run, arguments));
    furthest_ = runs_[static_cast<std::size_t>(furthest - settings.begin())].get();
    arguments.covariates = furthest->covariates;
    arguments.screening = furthest->screening;
}

store::Results Committee::forecast(const Origins& origins) {
    std::vector<store::Results> members;
    for (const auto& run : runs_) {
        const std::int64_t shift = (furthest().data().first - run->data().first).count();  // inputs may begin earlier
        Origins theirs = origins;
        for (auto& list : theirs)
            for (auto& origin : list) origin += shift;
        members.push_back(run->forecast(theirs));
    }
    if (size() == 1) return std::move(members.front());
    store::Results mean;
    comm::run_together(world_, [&] {
        if (!world_.is_root()) return;
        mean = forecast::ensemble(members);
        for (std::size_t i = 1; i < size(); ++i)
            mean.attributes["averaged_with"] += runs_[i]->settings().folder.string() + "\n";
    });
    return mean;
}

store::Results Committee::forecast_last(std::int64_t hours) {
    const std::size_t regions = furthest().data().regions.size();
    const auto from_end = [&] { return forecast(Origins(regions, {furthest().data().hours - 1})); };
    const std::int64_t horizon = furthest().settings().model.horizon;
    store::Results far = from_end(), last = far;
    for (std::int64_t reached = horizon; reached < hours; reached += horizon) {
        std::vector<float> medians(regions * static_cast<std::size_t>(horizon));
        if (world_.is_root()) {
            const std::size_t quantiles = last.quantiles.size(), median = last.median();
            for (std::size_t i = 0; i < medians.size(); ++i) medians[i] = last.forecast[i * quantiles + median];
        }
        world_.broadcast(std::as_writable_bytes(std::span(medians)));
        for (const auto& run : runs_) run->append(medians);
        last = from_end();
        if (world_.is_root()) forecast::continue_with(far, last);
    }
    if (world_.is_root()) forecast::keep_leads(far, hours);
    return far;
}

}  // namespace gridring::app
