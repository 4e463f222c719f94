// SPDX-License-Identifier: MIT
#include "app/committee.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "app/run_folder.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/forecast/ensemble.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

bool holds_members(const fs::path& folder) {
    return !fs::exists(folder / "config.yaml") && fs::is_directory(folder / "members");
}

std::vector<fs::path> runs_in(const fs::path& folder) {
    if (!holds_members(folder)) return {folder};
    std::vector<fs::path> runs;
    for (const auto& member : fs::directory_iterator(folder / "members"))
        if (fs::exists(member.path() / "config.yaml") && fs::exists(member.path() / "checkpoint.h5"))
            runs.push_back(member.path());
        else
            log::warning(fmt::format("{}: no trained run: left out", member.path().string()));
    if (runs.empty())
        throw ConfigError(fmt::format(
            "{}: expected trained runs in members/, found none. Mend: finish `gridring sweep`", folder.string()));
    std::ranges::sort(runs);
    return runs;
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

std::vector<fs::path> runs_of(const comm::Communicator& world, const fs::path& folder) {
    std::string lines;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        for (const auto& run : runs_in(folder)) lines += run.string() + "\n";
    });
    world.broadcast(lines);
    std::vector<fs::path> runs;
    std::istringstream text(lines);
    for (std::string line; std::getline(text, line);) runs.emplace_back(line);
    return runs;
}

Committee::Committee(const comm::Communicator& world, const fs::path& folder, ContestArguments& arguments)
    : world_(world) {
    auto folders = runs_of(world, folder);
    for (const auto& further : arguments.with) std::ranges::copy(runs_of(world, further), std::back_inserter(folders));
    std::int64_t longest = 0;
    for (const auto& run : folders) longest = std::max(longest, settings_of_run(world, run).model.horizon);
    comm::run_together(world, [&] { keep_horizons_within(longest, arguments); });
    for (const auto& run : folders) runs_.push_back(std::make_unique<RunOnFolder>(world, run, arguments));
    const auto furthest =
        std::ranges::max_element(runs_, {}, [](const auto& run) { return run->settings().model.horizon; });
    std::rotate(runs_.begin(), furthest, furthest + 1);
    arguments.covariates = first().settings().covariates;
    arguments.screening = first().settings().screening;
}

std::vector<fs::path> Committee::others() const {
    std::vector<fs::path> folders;
    for (std::size_t i = 1; i < runs_.size(); ++i) folders.push_back(runs_[i]->settings().folder);
    return folders;
}

store::Results Committee::forecast(const Origins& origins) {
    std::vector<store::Results> members;
    for (const auto& run : runs_) {
        const std::int64_t shift = (first().data().first - run->data().first).count();  // inputs may begin earlier
        Origins theirs = origins;
        for (auto& list : theirs)
            for (auto& origin : list) origin += shift;
        members.push_back(run->forecast(theirs));
    }
    if (size() == 1) return std::move(members.front());
    store::Results mean;
    comm::run_together(world_, [&] {
        if (world_.is_root()) mean = forecast::ensemble(members);
    });
    return mean;
}

}  // namespace gridring::app
